// SPDX-License-Identifier: Apache-2.0

import KeyPolicies

/// The prover and lint on policies of 32 KB, in this process and as a whole process, and z3 on the same question.
struct PolicyMeasure {
    let folder: String
    let airgap: String
    /// With z3-solver.
    let python: String
    /// A policy of the main template.
    let example: String

    private let key = KeyIdentity(account: MadePolicies.keyAccount)

    func rows(rounds: Int) throws -> [Row] {
        let made = MadePolicies(folder: folder)
        try made.write()
        let (readers, changed, others) = (try made.document("readers"), try made.document("readers-changed"), try made.document("others"))
        let template = try PolicyDocument(bytes: Array(try ChildRun.output(of: ["cat", example]).utf8))
        func seconds(_ body: () -> Void) -> Double { Stopwatch.median((0..<rounds).map { _ in Stopwatch.time(body) }) }
        func plain(_ measure: String, _ limit: Double, _ body: () -> Void) -> Row {
            let time = seconds(body)
            return Row(measure: measure, ours: Row.milliseconds(time), peer: "–", figure: time * 1e3, unit: " ms", bound: .atMost(limit))
        }
        var rows = [
            plain("diff of two 32 KB policies, one statement changed", 10) { _ = PolicyProver.difference(readers, changed, key: key) },
            plain("diff of two 32 KB policies, every statement changed", 10) { _ = PolicyProver.difference(readers, others, key: key) },
            plain("diff of nothing and the main template's policy", 0.5) { _ = PolicyProver.difference(.empty, template, key: key) },
            plain("who × what of the main template's policy", 0.5) { _ = RightsTable(template, key: key) },
            plain("lint of 32 KB", 5) { _ = PolicyChecks.run(readers, in: PolicyContext(keyAccount: MadePolicies.keyAccount)) },
        ]
        rows.append(try z3(seconds { _ = PolicyProver.difference(readers, changed, key: key) }, made))
        rows += try processes(made)
        return rows
    }

    /// z3 is asked once whether anything is newly allowed and once whether anything is lost; its start-up is not counted.
    private func z3(_ ours: Double, _ made: MadePolicies) throws -> Row {
        let command = [python, "Tests/Benchmarks/z3_diff.py", made.path("readers"), made.path("readers-changed"), MadePolicies.keyAccount]
        let times = try (0..<3).map { _ -> Double in
            let words = try ChildRun.output(of: command).split(whereSeparator: \.isWhitespace)
            guard words.dropFirst().allSatisfy({ $0 == "sat" }) else { throw ChildRun.Failure(description: "z3 answers \(words)") }
            return words.first.flatMap { Double($0) } ?? 0
        }
        let peer = Stopwatch.median(times)
        return Row(
            measure: "the same question (one statement changed), both directions", ours: Row.milliseconds(ours), peer: "z3 \(Row.milliseconds(peer))",
            figure: peer / ours, unit: "×", bound: .atLeast(20))
    }

    private func processes(_ made: MadePolicies) throws -> [Row] {
        func command(_ old: String, _ new: String) -> [String] {
            [airgap, "policy", "diff", made.path(old), made.path(new), "--key-account", MadePolicies.keyAccount]
        }
        func runs(_ old: String, _ new: String, _ count: Int) throws -> [ChildRun] {
            try (0..<count).map { _ in try ChildRun(command(old, new), accepting: [0, 1]) }
        }
        let whole = Stopwatch.median(try runs("readers", "others", 15).map(\.seconds))
        var rows = [
            Row(
                measure: "policy diff of two 32 KB policies, whole process", ours: Row.milliseconds(whole), peer: "–", figure: whole * 1e3,
                unit: " ms",
                bound: .atMost(30))
        ]
        for (name, old, new) in [("patterns that explode", "hard-old", "hard-new"), ("numbers and addresses", "harder-old", "harder-new")] {
            let hard = try runs(old, new, 3)
            let time = Stopwatch.median(hard.map(\.seconds))
            let peak = Double(hard.map(\.peakKiB).max() ?? 0) / 1024
            rows.append(
                Row(
                    measure: "policy diff of a pair made to be hard (\(name))", ours: "\(Row.milliseconds(time)), \(Row.number(peak)) MiB", peer: "–",
                    figure: time, unit: " s", bound: .atMost(1)))
            rows.append(Row(measure: "its peak memory", ours: "\(Row.number(peak)) MiB", peer: "–", figure: peak, unit: " MiB", bound: .atMost(64)))
        }
        return rows
    }
}
