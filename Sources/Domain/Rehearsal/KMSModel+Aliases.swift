// SPDX-License-Identifier: Apache-2.0

import StrictFormats

/// Aliases (KMS API Reference, CreateAlias and UpdateAlias; "Resource quotas": 50 aliases a key).
extension KMSModel {
    static let aliasQuota = 50

    mutating func createAlias(_ request: Request) throws(Refused) -> [UInt8] {
        let alias = try request.text("AliasName")
        try Self.checkAlias(alias)
        let index = try subject(request, "TargetKeyId")
        guard aliases[alias] == nil else {
            throw Refused("AlreadyExistsException", "An alias with the name \(alias) already exists")
        }
        try checkQuota(index)
        aliases[alias] = (keys[index].id, request.now + delay)
        return []
    }

    /// Both keys have the same type and usage; the new one is not on its way out.
    mutating func updateAlias(_ request: Request) throws(Refused) -> [UInt8] {
        let alias = try request.text("AliasName")
        try Self.checkAlias(alias)
        let index = try subject(request, "TargetKeyId")
        guard let bound = aliases[alias] else { throw Refused("NotFoundException", "Alias \(alias) is not found.") }
        if let old = self.index(bound.key) {
            guard keys[old].keyUsage == keys[index].keyUsage, keys[old].keySpec == keys[index].keySpec else {
                throw Refused("ValidationException", "the two keys are not of the same type")
            }
        }
        if !bound.key.hasSameBytes(as: keys[index].id) { try checkQuota(index) }
        aliases[alias] = (keys[index].id, request.now + delay)
        return []
    }

    private func checkQuota(_ index: Int) throws(Refused) {
        guard aliases.values.count(where: { $0.key.hasSameBytes(as: keys[index].id) }) < Self.aliasQuota else {
            throw Refused("LimitExceededException", "a key has at most \(Self.aliasQuota) aliases")
        }
    }

    private static func checkAlias(_ alias: String) throws(Refused) {
        guard alias.hasPrefix("alias/"), (7...256).contains(alias.utf8.count) else {
            throw Refused("ValidationException", "Invalid identifier: an alias begins with alias/ and has 1 to 250 more characters")
        }
        guard alias.utf8.allSatisfy(isAliasByte) else {
            throw Refused("ValidationException", "an alias holds a–z, A–Z, 0–9, '/', '_', '-' only")
        }
        guard !alias.hasPrefix("alias/aws/") else { throw Refused("NotAuthorizedException", "alias/aws/ is reserved") }
    }

    private static func isAliasByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "/_-".utf8.contains(byte)
        }
    }
}
