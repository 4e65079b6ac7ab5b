internal import Glibc

/// Reads whole files into memory.
package enum FileReader {
    /// - Parameter limit: The maximum number of bytes of the file.
    /// - Throws: `FileError`, also for a file that does not exist.
    package static func read(_ path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, problem: .system(errno)) }
        defer { close(descriptor) }
        return try read(descriptor, path, limit)
    }

    /// - Returns: Nil if there is no such file.
    package static func readIfPresent(_ path: String, limit: Int = .max) throws(FileError) -> [UInt8]? {
        do {
            return try read(path, limit: limit)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Reads standard input to its end.
    package static func readStandardInput() throws(FileError) -> [UInt8] {
        try read(STDIN_FILENO, "standard input", .max)
    }

    private static func read(_ descriptor: Int32, _ path: String, _ limit: Int) throws(FileError) -> [UInt8] {
        var content: [UInt8] = []
        while true {
            var failure: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
                let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                failure = result < 0 ? errno : 0
                count = max(0, result)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw FileError(path: path, problem: .system(failure)) }
            if chunk.isEmpty { return content }
            content += chunk
            guard content.count <= limit else { throw FileError(path: path, problem: .tooLarge(limit: limit)) }
        }
    }
}

/// A file that cannot be read.
package struct FileError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Equatable, Sendable {
        /// The system reported this error number (errno(3)).
        case system(Int32)
        /// The file has more bytes than the limit.
        case tooLarge(limit: Int)
    }

    package let path: String
    package let problem: Problem

    package init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// Whether there is no such file.
    package var isMissing: Bool { problem == .system(ENOENT) || problem == .system(ENOTDIR) }

    /// The end of a sentence that begins with the name of the file.
    package var reason: String {
        switch problem {
        case .system(let code): "cannot be read: \(String(cString: strerror(code)))"
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        }
    }

    package var description: String {
        switch problem {
        case .system(let code): "cannot read \(path): \(String(cString: strerror(code)))"
        case .tooLarge: "\(path) \(reason)"
        }
    }
}
