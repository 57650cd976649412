// SPDX-License-Identifier: Apache-2.0
// JSONTestSuite: y_ must be accepted, n_ refused, i_ are free; what we decided for those is written down here.

import Testing

@testable import StrictFormats

@Suite(.enabled(if: Vectors.present, Vectors.absence)) struct JSONVectorTests {
    private func refusal(of name: String, rules: JSONRules = .general) throws -> Refusal? {
        let bytes = try Vectors.bytes("json/\(name)")
        do throws(Refusal) {
            _ = try JSONDocument(bytes, rules: rules, file: name)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Vectors.names("json", prefix: "n_"))
    func `what is no JSON is refused with its place, by every rule`(name: String) throws {
        for rules in [JSONRules.general, .authored, .signed] {
            let refusal = try #require(try refusal(of: name, rules: rules), "accepted")
            #expect(refusal.code.hasPrefix("json-"))
            #expect(refusal.category == .badData)
            #expect(refusal.place.file == name && refusal.place.line != nil && refusal.place.column != nil)
        }
    }

    /// Refused on purpose: two members of one name.
    private static let statedLimits = [
        "y_object_duplicated_key.json": "json-duplicate-member",
        "y_object_duplicated_key_and_value.json": "json-duplicate-member",
    ]

    @Test(arguments: Vectors.names("json", prefix: "y_"))
    func `what is JSON is accepted, but for members that stand twice`(name: String) throws {
        #expect(try refusal(of: name)?.code == Self.statedLimits[name])
    }

    @Test(arguments: Vectors.names("json", prefix: "y_"))
    func `what is accepted has a canonical form that reads as the same value`(name: String) throws {
        guard Self.statedLimits[name] == nil else { return }
        let value = try JSONDocument(try Vectors.bytes("json/\(name)"), rules: .general).root
        let canonical = JSONWriter.canonical(value)
        let again = try JSONDocument(canonical, rules: .general).root
        #expect(JSONWriter.canonical(again) == canonical)
        #expect(try JSONDocument(Array(JSONWriter.pretty(value).utf8), rules: .general).root == value)
    }

    /// What RFC 8259 leaves open. Numbers round to the nearest double, infinity is refused; text is strict UTF-8 without a mark.
    private static let decisions: [String: String?] = [
        "i_number_double_huge_neg_exp.json": nil,
        "i_number_huge_exp.json": "json-number-range",
        "i_number_neg_int_huge_exp.json": "json-number-range",
        "i_number_pos_double_huge_exp.json": "json-number-range",
        "i_number_real_neg_overflow.json": "json-number-range",
        "i_number_real_pos_overflow.json": "json-number-range",
        "i_number_real_underflow.json": nil,
        "i_number_too_big_neg_int.json": nil,
        "i_number_too_big_pos_int.json": nil,
        "i_number_very_big_negative_int.json": nil,
        "i_object_key_lone_2nd_surrogate.json": "json-lone-surrogate",
        "i_string_1st_surrogate_but_2nd_missing.json": "json-lone-surrogate",
        "i_string_1st_valid_surrogate_2nd_invalid.json": "json-lone-surrogate",
        "i_string_UTF-16LE_with_BOM.json": "json-unexpected",
        "i_string_UTF-8_invalid_sequence.json": "json-not-utf8",
        "i_string_UTF8_surrogate_U+D800.json": "json-not-utf8",
        "i_string_incomplete_surrogate_and_escape_valid.json": "json-lone-surrogate",
        "i_string_incomplete_surrogate_pair.json": "json-lone-surrogate",
        "i_string_incomplete_surrogates_escape_valid.json": "json-lone-surrogate",
        "i_string_invalid_lonely_surrogate.json": "json-lone-surrogate",
        "i_string_invalid_surrogate.json": "json-lone-surrogate",
        "i_string_invalid_utf-8.json": "json-not-utf8",
        "i_string_inverted_surrogates_U+1D11E.json": "json-lone-surrogate",
        "i_string_iso_latin_1.json": "json-not-utf8",
        "i_string_lone_second_surrogate.json": "json-lone-surrogate",
        "i_string_lone_utf8_continuation_byte.json": "json-not-utf8",
        "i_string_not_in_unicode_range.json": "json-not-utf8",
        "i_string_overlong_sequence_2_bytes.json": "json-not-utf8",
        "i_string_overlong_sequence_6_bytes.json": "json-not-utf8",
        "i_string_overlong_sequence_6_bytes_null.json": "json-not-utf8",
        "i_string_truncated-utf-8.json": "json-not-utf8",
        "i_string_utf16BE_no_BOM.json": "json-unexpected",
        "i_string_utf16LE_no_BOM.json": "json-unexpected",
        "i_structure_500_nested_arrays.json": "json-too-deep",
        "i_structure_UTF-8_BOM_empty_object.json": "json-unexpected",
    ]

    @Test(arguments: Vectors.names("json", prefix: "i_"))
    func `what the standard leaves open is decided, and stays so`(name: String) throws {
        let decision = try #require(Self.decisions[name], "no decision is written down")
        #expect(try refusal(of: name)?.code == decision)
    }

    @Test(arguments: Vectors.names("jcs/input"))
    func `the canonical form is that of the published cases`(name: String) throws {
        let input = try JSONDocument(try Vectors.bytes("jcs/input/\(name)"), rules: .general).root
        let output = try Vectors.bytes("jcs/output/\(name)")
        #expect(String(decoding: JSONWriter.canonical(input), as: UTF8.self) == String(decoding: output, as: UTF8.self))
        #expect(JSONWriter.canonical(input) == output)
        #expect(JSONWriter.canonical(try JSONDocument(output, rules: .general).root) == output)
    }
}
