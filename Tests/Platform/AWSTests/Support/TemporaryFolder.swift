// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc

/// A folder that goes away with its owner.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/countersign-aws-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("mkdtemp failed") }
        path = String(cString: made)
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try FileWriter.write(Array(text.utf8), to: file, mode: 0o600, replace: true)
        return file
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
