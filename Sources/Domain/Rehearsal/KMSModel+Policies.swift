// SPDX-License-Identifier: Apache-2.0

import KeyPolicies
import StrictFormats

/// Key policies as KMS checks them (KMS API Reference, PutKeyPolicy and CreateKey, `Policy`).
extension KMSModel {
    mutating func putKeyPolicy(_ request: Request) throws(Refused) -> [UInt8] {
        let policy = try request.text("Policy")
        guard request.members["PolicyName"]?.stringValue ?? "default" == "default" else {
            throw Refused("ValidationException", "PolicyName is default")
        }
        let index = try subject(request)
        try checkPolicy(policy, bypass: request.members["BypassPolicyLockoutSafetyCheck"]?.boolValue ?? false, key: keys[index].id)
        keys[index].policies.append((policy, request.now + delay))
        return []
    }

    /// Size, characters, form, principals, and the lockout safety check.
    mutating func checkPolicy(_ text: String, bypass: Bool, key: String?) throws(Refused) {
        guard text.utf8.count <= PolicyDocument.maximumBytes else {
            throw Refused("LimitExceededException", "a key policy has at most \(PolicyDocument.maximumBytes) bytes")
        }
        let document: PolicyDocument
        do throws(Refusal) {
            document = try read(text)
            lastRead = document
        } catch {
            throw Refused(error.code == "policy-character" ? "ValidationException" : "MalformedPolicyDocumentException", error.message)
        }
        for statement in document.statements {
            guard statement.principals.entries.allSatisfy(isVisible) else {
                throw Refused("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
            }
        }
        guard !bypass, executor != nil else { return }
        guard verdict("PutKeyPolicy", document, key) == .passes else {
            throw Refused(
                "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
        }
    }

    private func read(_ text: String) throws(Refusal) -> PolicyDocument {
        if let lastRead, lastRead.text.hasSameBytes(as: text) { return lastRead }
        return try PolicyDocument(text: text)
    }

    /// A principal that KMS can find: accounts and services always, users and roles where they are known to exist.
    private func isVisible(_ entry: PrincipalEntry) -> Bool {
        switch entry.pattern {
        case .uniqueID: return false
        case .nobody: return entry.kind != .aws
        case .role, .user: return principals?.contains(entry.value.text) ?? true
        default: return true
        }
    }

    /// What a key policy says to an operation of the executor. What it leaves to IAM, IAM is taken to allow.
    enum Leave { case passes, denied }

    func verdict(_ operation: String, _ document: PolicyDocument, _ key: String?) -> Leave {
        guard let executor else { return .passes }
        do throws(Refusal) {
            let request = try AccessRequest(
                principal: try RequestPrincipal(executor), action: "kms:\(operation)", key: KeyIdentity(account: account, arn: key.map(arn)))
            return switch PolicyEvaluator.answer(document, request).verdict {
            case .allowed, .delegated: .passes
            case .denied: .denied
            // The lockout check is for certain; for the rest the request's own circumstances may decide.
            case .unknown: operation == "PutKeyPolicy" ? .denied : .passes
            }
        } catch {
            return .denied
        }
    }

    /// A key policy that is known and denies the executor an operation stops it.
    func checkAllowed(_ operation: String, _ key: Key, _ now: Instant) throws(Refused) {
        guard let executor, let text = key.policies.last?.text else { return }
        let document: PolicyDocument
        // A policy that nobody can read lets nobody in, and keeps nobody out: KMS itself would have refused it.
        do throws(Refusal) { document = try read(text) } catch { return }
        guard verdict(operation, document, key.id) == .passes else {
            throw Refused("AccessDeniedException", "User: \(executor) is not authorized to perform: kms:\(operation) by the key policy")
        }
    }

    /// The policy as GetKeyPolicy shows it.
    public func shownPolicy(_ text: String) -> String { rewritesPolicies ? PolicyRewriting.asRead(text) : text }
}
