internal import Glibc

/// Writes files atomically: readers see either the old or the new content, never a part of it.
enum AtomicFile {
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let code: Int32
        var description: String { "\(path) cannot be written: \(String(cString: strerror(code)))" }
    }

    /// Writes a file that everyone may read, and creates the folders that it needs.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        try makeFolders(of: path)
        // The temporary file is in the same folder, because files cannot be renamed across file systems. mkstemp(3)
        // replaces the letters at the end, of which it requires six, so that the name is unique.
        var template = Array("\(path).\(String(repeating: "X", count: 6))".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        do throws(Failure) {
            defer { close(descriptor) }
            try write(bytes[...], descriptor, path)
            guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0 else { throw Failure(path: path, code: errno) }
        } catch {
            unlink(template)
            throw error
        }
        guard rename(template, path) == 0 else {
            let code = errno
            unlink(template)
            throw Failure(path: path, code: code)
        }
    }

    private static func makeFolders(of path: String) throws(Failure) {
        var folder = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            folder += folder.isEmpty && part.isEmpty ? "/" : "\(part)/"
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw Failure(path: folder, code: errno) }
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32, _ path: String) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(path: path, code: errno) }
            rest = rest.dropFirst(count)
        }
    }
}
