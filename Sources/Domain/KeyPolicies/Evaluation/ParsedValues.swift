// SPDX-License-Identifier: Apache-2.0

/// The values of a condition on numbers, dates or addresses, read once; nil where a value is none.
enum ParsedValues: Sendable {
    case texts
    case numbers([Double?], ConditionOperator.Order)
    case moments([Moment?], ConditionOperator.Order)
    case ranges([AddressRange?])

    init(_ values: [PolicyString], _ comparison: ConditionOperator.Comparison?) {
        switch comparison {
        case .numeric(let order): self = .numbers(values.map { ValueComparison.decimal($0.text) }, order)
        case .date(let order): self = .moments(values.map { Moment($0.text) }, order)
        case .ipAddress: self = .ranges(values.map { AddressRange($0.text) })
        default: self = .texts
        }
    }

    /// Whether any of them fits a value of the request; nil for texts.
    func contains(_ value: String) -> Bool? {
        switch self {
        case .texts: return nil
        case .numbers(let wanted, let order):
            let found = ValueComparison.decimal(value)
            return wanted.contains { ValueComparison.compare($0, found, order) }
        case .moments(let wanted, let order):
            let found = Moment(value)
            return wanted.contains { ValueComparison.compare($0, found, order) }
        case .ranges(let wanted):
            guard let found = AddressRange(value) else { return false }
            return wanted.contains { $0?.contains(found) ?? false }
        }
    }
}
