// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The files that the command of this process has read: what it writes never takes the place of one of them.
///
/// They are known by device and inode, so that another name of the same file is no way around it.
public enum InputFiles {
    private struct Identity: Hashable {
        let device: UInt
        let inode: UInt

        init(_ status: stat) {
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
        }
    }

    private static let known = Mutex<Set<Identity>?>(nil)

    /// Said once by a program that runs one command.
    public static func remember() { known.withLock { $0 = $0 ?? [] } }

    /// Takes note of a file that was opened to be read.
    static func note(_ descriptor: Int32) {
        known.withLock { known in
            guard known != nil else { return }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
            known?.insert(Identity(status))
        }
    }

    static func holds(_ path: String) -> Bool {
        known.withLock { known in
            guard let known, !known.isEmpty else { return false }
            var status = stat()
            return lstat(path, &status) == 0 && known.contains(Identity(status))
        }
    }
}
