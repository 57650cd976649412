// SPDX-License-Identifier: Apache-2.0

public import StrictFormats

/// The exit codes of every command (design §7; the numbers are sysexits(3)).
public enum ExitStatus: Int32, Sendable, CaseIterable {
    case done = 0
    case answerIsNo = 1
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case tryAgain = 75
    case notPermitted = 77
    case configuration = 78

    public init(_ category: Refusal.Category) {
        self =
            switch category {
            case .answerIsNo: .answerIsNo
            case .usage: .usage
            case .badData: .badData
            case .noInput: .noInput
            case .unavailable: .unavailable
            case .internalError: .internalError
            case .cannotCreate: .cannotCreate
            case .inputOutput: .inputOutput
            case .tryAgain: .tryAgain
            case .notPermitted: .notPermitted
            case .configuration: .configuration
            }
    }
}
