// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// The words for a call to S3 that did not give what was asked, and what helps ("Error responses", Amazon S3 API Reference).
struct BucketFailure {
    let bucket: ObjectBucket
    let operation: String
    /// The object, under the prefix.
    let name: String
    var isLocking = false

    var place: Place { Place(file: "s3://\(bucket.bucket)/\(bucket.prefix)\(name)") }

    func refusal(_ outcome: CallOutcome, _ asked: Int?) -> Refusal {
        var refusal = CallFailure(operation: operation, endpoint: bucket.endpoint).refusal(outcome, asked: asked)
        refusal.place = place
        guard let answer = outcome.answer, (300...499).contains(answer.status) else { return again(refusal) }
        switch answer.errorType {
        case "NoSuchBucket": return said(refusal, "bucket-missing", .noInput, "check the bucket's name")
        case "AccessDenied":
            refusal.hint =
                "a reader needs s3:GetObject, a publisher s3:PutObject too, and s3:PutObjectRetention for Object Lock; without s3:ListBucket S3 "
                + "answers so for an object that is not there, too"
            return refusal
        case "RequestTimeTooSkewed": return said(refusal, "bucket-clock", .configuration, clocks(answer))
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
            let region = answer.http.headers.first(named: "x-amz-bucket-region").flatMap { AWSRegion.isWellFormed($0) ? $0 : nil }
            return said(
                refusal, "bucket-elsewhere", .configuration,
                region.map { "the bucket is in \($0): give --region \($0)" } ?? "the bucket is in another Region: give it with --region")
        case "InvalidRequest" where isLocking && (answer.errorMessage ?? "").contains("ObjectLock"):
            return said(
                refusal, "bucket-without-object-lock", .configuration,
                "Object Lock is turned on with the bucket, or later by its owner; without --object-lock-days it is not asked for")
        case "ExpiredToken": return again(refusal)
        default: return refusal
        }
    }

    private func said(_ refusal: Refusal, _ code: String, _ category: Refusal.Category, _ hint: String) -> Refusal {
        var copy = refusal
        (copy.code, copy.category, copy.hint) = (code, category, hint)
        return copy
    }

    /// What passes by itself or with new credentials is gone on with.
    private func again(_ refusal: Refusal) -> Refusal {
        var copy = refusal
        let again = operation == "s3:PutObject" ? "run it again: what was written stays, and is not written twice" : "run it again"
        copy.hint = refusal.hint.map { "\($0); then \(again)" } ?? again
        return copy
    }

    private func clocks(_ answer: AWSAnswer) -> String {
        guard let date = answer.date else { return "set this machine's clock right" }
        return "set this machine's clock right: it says \(bucket.clock()), S3's says \(date)"
    }
}
