// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc

/// An SQLite VFS (sqlite.org/vfs.html) for a database at rest that is read from its beginning to its end: it takes 128 KiB from the system where
/// SQLite asks for the next page, and lends the pages where they are (`xFetch`, as a VFS does that maps its files: none is copied). Nothing is
/// mapped: a file that somebody else cuts meanwhile gives an error and no signal. Everything else goes to the default VFS.
enum ReadAhead {
    /// The name to open with; nil where SQLite would not take the VFS in, and its own is as good.
    static let name: String? = register() ? "countersign-read-ahead" : nil

    /// Stands where SQLite expects its `sqlite3_file`; the default VFS's file follows it.
    private struct Header {
        var base: sqlite3_file
        let pieces: Unmanaged<FilePieces>
    }

    private static let headerSize = (MemoryLayout<Header>.size + 15) & ~15

    nonisolated(unsafe) private static let standard: UnsafeMutablePointer<sqlite3_vfs>? = sqlite3_vfs_find(nil)
    // Both live as long as the process: SQLite keeps their addresses.
    nonisolated(unsafe) private static let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    nonisolated(unsafe) private static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: sqlite3_io_methods())
        // Version 3 has xFetch; what version 2 has, shared memory, a database at rest has no need of.
        methods.pointee.iVersion = 3
        methods.pointee.xFetch = { file, offset, count, page in fetch(file, offset, count, page) }
        methods.pointee.xUnfetch = { file, _, page in
            if let page { header(file).pointee.pieces.takeUnretainedValue().takeBack(page) }
            return SQLITE_OK
        }
        methods.pointee.xClose = { file in
            header(file).pointee.pieces.release()
            return inner(file, \.xClose) { $0($1) }
        }
        methods.pointee.xRead = { file, target, count, offset in read(file, target, count, offset) }
        methods.pointee.xWrite = { _, _, _, _ in SQLITE_READONLY }
        methods.pointee.xTruncate = { _, _ in SQLITE_READONLY }
        methods.pointee.xSync = { file, flags in inner(file, \.xSync) { $0($1, flags) } }
        methods.pointee.xFileSize = { file, size in inner(file, \.xFileSize) { $0($1, size) } }
        methods.pointee.xLock = { file, level in inner(file, \.xLock) { $0($1, level) } }
        methods.pointee.xUnlock = { file, level in inner(file, \.xUnlock) { $0($1, level) } }
        methods.pointee.xCheckReservedLock = { file, result in inner(file, \.xCheckReservedLock) { $0($1, result) } }
        methods.pointee.xFileControl = { file, code, argument in
            // Or the default VFS would map the file as well.
            if code == SQLITE_FCNTL_MMAP_SIZE { return SQLITE_OK }
            return inner(file, \.xFileControl) { $0($1, code, argument) }
        }
        methods.pointee.xSectorSize = { file in inner(file, \.xSectorSize) { $0($1) } }
        methods.pointee.xDeviceCharacteristics = { file in inner(file, \.xDeviceCharacteristics) { $0($1) } }
        return methods
    }()

    private static func register() -> Bool {
        guard let own = standard, let name = strdup("countersign-read-ahead") else { return false }
        vfs.initialize(to: own.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(name)
        vfs.pointee.szOsFile += Int32(headerSize)
        vfs.pointee.xOpen = { _, name, file, flags, outFlags in ReadAhead.open(name, file, flags, outFlags) }
        vfs.pointee.xDelete = { _, name, sync in ReadAhead.standard?.pointee.xDelete?(ReadAhead.standard, name, sync) ?? SQLITE_ERROR }
        vfs.pointee.xAccess = { _, name, flags, result in
            ReadAhead.standard?.pointee.xAccess?(ReadAhead.standard, name, flags, result) ?? SQLITE_ERROR
        }
        vfs.pointee.xFullPathname = { _, name, count, full in
            ReadAhead.standard?.pointee.xFullPathname?(ReadAhead.standard, name, count, full) ?? SQLITE_ERROR
        }
        return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
    }

    private static func header(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<Header> {
        guard let file else { preconditionFailure("SQLite names the file") }
        return UnsafeMutableRawPointer(file).assumingMemoryBound(to: Header.self)
    }

    private static func following(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(header(file)) + headerSize).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// One of the default VFS's methods, called for its own file.
    private static func inner<Method>(
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ member: KeyPath<sqlite3_io_methods, Method?>,
        _ call: (Method, UnsafeMutablePointer<sqlite3_file>) -> Int32
    ) -> Int32 {
        let standard = following(file)
        guard let method = standard.pointee.pMethods?.pointee[keyPath: member] else { return SQLITE_ERROR }
        return call(method, standard)
    }

    private static func open(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let standard, let open = standard.pointee.xOpen, let file else { return SQLITE_ERROR }
        // Temporary files are none of ours: the room suffices for the default VFS's own file.
        guard flags & SQLITE_OPEN_MAIN_DB != 0, flags & SQLITE_OPEN_READONLY != 0 else { return open(standard, name, file, flags, outFlags) }
        // Where opening fails, xClose is called only if methods are set (sqlite.org/c3ref/vfs.html).
        file.pointee.pMethods = nil
        let inside = following(file)
        inside.pointee.pMethods = nil
        let code = open(standard, name, inside, flags, outFlags)
        var size: sqlite3_int64 = 0
        guard code == SQLITE_OK, let methods = inside.pointee.pMethods, methods.pointee.xFileSize?(inside, &size) == SQLITE_OK else {
            _ = inside.pointee.pMethods?.pointee.xClose?(inside)
            return code == SQLITE_OK ? SQLITE_IOERR : code
        }
        header(file).initialize(
            to: Header(
                base: sqlite3_file(pMethods: UnsafePointer(Self.methods)),
                pieces: Unmanaged.passRetained(
                    FilePieces(size: Int(size)) { target, count, offset in
                        methods.pointee.xRead?(inside, target, Int32(count), sqlite3_int64(offset)) == SQLITE_OK
                    })))
        return SQLITE_OK
    }

    private static func read(
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ target: UnsafeMutableRawPointer?, _ count: Int32, _ offset: sqlite3_int64
    ) -> Int32 {
        // The header is always the file's of this moment: a reader sees by it that a writer came (SQLiteDoor.hasSameHeader).
        if offset == 0, count < 512 { return inner(file, \.xRead) { $0($1, target, count, offset) } }
        let pieces = header(file).pointee.pieces.takeUnretainedValue()
        guard let target, let bytes = pieces.bytes(at: Int(offset), count: Int(count)) else {
            return inner(file, \.xRead) { $0($1, target, count, offset) }
        }
        memcpy(target, bytes, Int(count))
        return SQLITE_OK
    }

    /// Lends a page; none where it is not near the last one: SQLite reads it then.
    private static func fetch(
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ offset: sqlite3_int64, _ count: Int32, _ page: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Int32 {
        page?.pointee = header(file).pointee.pieces.takeUnretainedValue().lend(at: Int(offset), count: Int(count))
        return SQLITE_OK
    }
}
