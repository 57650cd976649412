// SPDX-License-Identifier: Apache-2.0

public import Bundles
public import StrictFormats

/// The requests of a bundle, carried out in their order by the model, without an execution around them.
public enum RehearsedRequests {
    /// - Throws: `rehearsal-refused` (bad data): what AWS would refuse, in its words.
    public static func run(_ payload: BundlePayload, in model: KMSModel) throws(Refusal) {
        var model = model
        var bound: [Binding: String] = [:]
        for request in payload.derivation.requests {
            let body = try request.body(with: bound, in: payload.target)
            switch model.apply(request.target, Array(body.utf8), at: payload.notBefore) {
            case .refused(let code, let message):
                throw Refusal(
                    "rehearsal-refused", .badData, "AWS would refuse \(request.operation): \(code): \(SafeText.escaped(message))",
                    hint: "this is what a model of KMS says, for the executor \(payload.target.executor)")
            case .done:
                if request.makesSomethingNew, let key = model.keys.last { bound = [.keyID: key.id, .keyARN: model.arn(key.id)] }
            }
        }
    }
}
