// SPDX-License-Identifier: Apache-2.0

import Bundles
import StrictFormats

/// Making keys, and what is set on them (KMS API Reference, the pages of the operations).
extension KMSModel {
    mutating func createKey(_ request: Request) throws(Refused) -> [UInt8] {
        let policy = try request.text("Policy")
        let description = try request.text("Description")
        guard description.unicodeScalars.count <= 8192 else { throw Refused("ValidationException", "Description has at most 8192 characters") }
        for (name, wanted) in [("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyUsage", "ENCRYPT_DECRYPT"), ("Origin", "AWS_KMS")] {
            guard request.members[name]?.stringValue ?? wanted == wanted else {
                throw Refused("UnsupportedOperationException", "this model makes keys with \(name) \(wanted) only")
            }
        }
        let tags = try Self.tags(request.members["Tags"] ?? .array([]))
        try Self.checkTags([], adding: tags)
        try checkPolicy(policy, bypass: request.members["BypassPolicyLockoutSafetyCheck"]?.boolValue ?? false, key: nil)
        let id = freshID()
        let now = request.now
        keys.append(
            Key(
                id: id, description: description, policies: [(policy, now)], tags: tags, created: now, visibleFrom: now + delay,
                enabledFrom: now + delay + creating))
        return JSONWriter.canonical(
            .object([
                (
                    "KeyMetadata",
                    .object([
                        ("AWSAccountId", .string(account)), ("Arn", .string(arn(id))), ("CreationDate", .integer(now.secondsSince1970)),
                        ("Description", .string(description)), ("Enabled", .bool(creating == 0)), ("KeyId", .string(id)), ("KeyManager", "CUSTOMER"),
                        ("KeySpec", "SYMMETRIC_DEFAULT"), ("KeyState", creating == 0 ? "Enabled" : "Creating"), ("KeyUsage", "ENCRYPT_DECRYPT"),
                        ("MultiRegion", false), ("Origin", "AWS_KMS"),
                    ])
                )
            ]))
    }

    /// Ids count up: a rehearsal says the same each time.
    private func freshID() -> String {
        let number = "\(keys.count + 1)"
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - number.count)) + number
    }

    mutating func enableKeyRotation(_ request: Request) throws(Refused) -> [UInt8] {
        let days = try request.number("RotationPeriodInDays", in: 90...2560, orElse: 365)
        let index = try subject(request)
        guard keys[index].keySpec == "SYMMETRIC_DEFAULT" else {
            throw Refused("UnsupportedOperationException", "only symmetric encryption keys rotate")
        }
        keys[index].rotation = (days, request.now + delay)
        return []
    }

    mutating func updateKeyDescription(_ request: Request) throws(Refused) -> [UInt8] {
        let text = try request.text("Description")
        guard text.unicodeScalars.count <= 8192 else { throw Refused("ValidationException", "Description has at most 8192 characters") }
        keys[try subject(request)].description.write(text, from: request.now + delay)
        return []
    }

    mutating func setState(_ request: Request) throws(Refused) -> [UInt8] {
        keys[try subject(request)].state.write(request.operation == "EnableKey" ? "Enabled" : "Disabled", from: request.now + delay)
        return []
    }

    mutating func scheduleKeyDeletion(_ request: Request) throws(Refused) -> [UInt8] {
        let days = try request.number("PendingWindowInDays", in: 7...30, orElse: 30)
        let index = try subject(request)
        let date = request.now + days * 86_400
        keys[index].state.write("PendingDeletion", from: request.now + delay)
        keys[index].deletion = date
        return JSONWriter.canonical(
            .object([
                ("DeletionDate", .integer(date.secondsSince1970)), ("KeyId", .string(arn(keys[index].id))), ("KeyState", "PendingDeletion"),
                ("PendingWindowInDays", .integer(days)),
            ]))
    }

    /// The key comes back disabled (KMS API Reference, CancelKeyDeletion).
    mutating func cancelKeyDeletion(_ request: Request) throws(Refused) -> [UInt8] {
        let index = try subject(request)
        keys[index].state.write("Disabled", from: request.now + delay)
        keys[index].deletion = nil
        return JSONWriter.canonical(.object([("KeyId", .string(arn(keys[index].id)))]))
    }

    mutating func revokeGrant(_ request: Request) throws(Refused) -> [UInt8] {
        let grant = try request.text("GrantId")
        let index = try subject(request)
        guard keys[index].grants.latest.contains(where: { $0.hasSameBytes(as: grant) }) else {
            throw Refused("NotFoundException", "Grant ID \(grant) not found")
        }
        keys[index].grants.write(keys[index].grants.latest.filter { !$0.hasSameBytes(as: grant) }, from: request.now + delay)
        return []
    }
}
