// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Files that are half made. A signal that ends the process (SIGINT, SIGTERM, SIGHUP) takes them away first.
///
/// The handler only reads memory that was set aside before and calls unlink(2), rmdir(2) and raise(3): signal-safety(7) allows no more. SIGKILL leaves
/// the files; who writes to the same name again takes them away.
public final class Unfinished {
    private let slots: [Int]

    /// - Parameter paths: files and then the folders that hold them: a folder goes only when it is empty.
    public init(_ paths: [String]) {
        slots = paths.compactMap { path in UnfinishedTable.lock.withLock { isOn in isOn ? UnfinishedTable.take(path) : nil } }
    }

    /// What SQLite may make for one database.
    public convenience init(database path: String, in folder: String? = nil) {
        self.init(["", "-journal", "-wal", "-shm"].map { path + $0 } + [folder].compactMap { $0 })
    }

    /// They have their names now, or are gone.
    public func end() { for slot in slots { UnfinishedTable.leave(slot) } }

    deinit { end() }

    /// Said once by a program that runs one command. A signal that is ignored (nohup) or handled already stays so.
    public static func watch() {
        UnfinishedTable.lock.withLock { isOn in
            guard !isOn, UnfinishedTable.make() else { return }
            isOn = true
            for number in [SIGINT, SIGTERM, SIGHUP] {
                var old = sigaction()
                guard sigaction(number, nil, &old) == 0, unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 0 else { continue }
                var action = sigaction()
                action.__sigaction_handler.sa_handler = { number in
                    UnfinishedTable.clear()
                    signal(number, SIG_DFL)
                    raise(number)
                }
                sigaction(number, &action, nil)
            }
        }
    }
}

/// Names in memory that never moves, so that a signal's handler can read them at any moment. A slot whose first byte is 0 is free.
private enum UnfinishedTable {
    static let lock = Mutex(false)
    static let count = 64
    static let length = Int(PATH_MAX)
    /// Set before the handlers are there, and never again.
    nonisolated(unsafe) static var names: UnsafeMutablePointer<CChar>?

    static func make() -> Bool {
        names = calloc(count, length)?.assumingMemoryBound(to: CChar.self)
        return names != nil
    }

    /// A slot that holds the name; nil where there is none, or the name is too long for the system.
    static func take(_ path: String) -> Int? {
        let bytes = Array(path.utf8.map(CChar.init(bitPattern:)))
        guard let names, let first = bytes.first, bytes.count < length, let slot = (0..<count).first(where: { names[$0 * length] == 0 }) else {
            return nil
        }
        let name = names + slot * length
        for (index, byte) in bytes.enumerated().dropFirst() { name[index] = byte }
        name[bytes.count] = 0
        // The first byte last: from here on the handler sees the name.
        name[0] = first
        return slot
    }

    static func leave(_ slot: Int) { names?[slot * length] = 0 }

    static func clear() {
        guard let names else { return }
        for slot in 0..<count where names[slot * length] != 0 {
            let name = names + slot * length
            if unlink(name) != 0 { rmdir(name) }
        }
    }
}
