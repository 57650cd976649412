// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What is shipped: how large it is, what it links, how long it took to build.
struct ReleaseMeasure {
    let airgap: String
    let folder: String
    /// Seconds of a clean build, where `run.sh` made one.
    let buildSeconds: Double?

    func rows() throws -> [Row] {
        let stripped = "\(folder)/countersign-airgap.stripped"
        _ = try ChildRun(["strip", "-o", stripped, airgap])
        var status = stat()
        stat(stripped, &status)
        let size = Double(status.st_size) / 1e6
        let libraries = try ChildRun.output(of: ["ldd", airgap]).split(separator: "\n").compactMap {
            $0.split(separator: " ").first?.split(separator: "\t").last
        }
        let network = libraries.filter { $0.hasPrefix("libcurl") || $0.hasPrefix("libssl") }
        var rows = [
            Row(
                measure: "countersign-airgap, stripped, Swift runtime inside", ours: "\(Row.number(size)) MB", peer: "–", figure: size, unit: " MB",
                bound: .atMost(20)),
            Row(
                measure: "its network libraries (ldd)", ours: network.isEmpty ? "none of \(libraries.count)" : network.joined(separator: ", "),
                peer: "–",
                figure: Double(network.count), unit: "", bound: .atMost(0)),
        ]
        if let buildSeconds {
            rows.append(
                Row(
                    measure: "clean release build of the two programs", ours: "\(Row.number(buildSeconds)) s", peer: "–", figure: buildSeconds / 60,
                    unit: " min",
                    bound: .atMost(4)))
        }
        return rows
    }
}
