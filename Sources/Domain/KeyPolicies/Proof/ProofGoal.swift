// SPDX-License-Identifier: Apache-2.0
import StrictFormats

/// What a search looks for: a request whose answer before and after differ, or whose answer is not what it shall be.
struct ProofGoal: Sendable {
    typealias Rank = Answer.Verdict.Rank

    /// The answer that takes the place of the old policy's.
    var fixed: Rank?
    var seeksHigher = true
    var seeksLower = true
    /// Beside a fixed answer: whether that answer itself is looked for as well.
    var seeksSame = false

    static let difference = ProofGoal()
    /// Every answer that some request gets.
    static let allAnswers = ProofGoal(fixed: .denied, seeksSame: true)

    func wants(_ before: Rank, _ after: Rank) -> Bool { before < after ? seeksHigher : before > after ? seeksLower : seeksSame }
}

/// A change of answer.
struct RankChange: Hashable, Sendable {
    let before: Answer.Verdict.Rank
    let after: Answer.Verdict.Rank
}
