internal import Glibc

/// Files small enough to be read whole.
package enum FileReader {
    /// - Throws: `WebhookError.file`.
    package static func read(_ path: String) throws(WebhookError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try read(descriptor, name: path)
    }

    /// Nil if there is no such file.
    ///
    /// - Throws: `WebhookError.file`.
    package static func readIfPresent(_ path: String) throws(WebhookError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .file(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        return try read(descriptor, name: path)
    }

    /// All of standard input.
    package static func readStandardInput() throws(WebhookError) -> [UInt8] {
        try read(STDIN_FILENO, name: "standard input")
    }

    private static func read(_ descriptor: Int32, name: String) throws(WebhookError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count > 0 {
                content += chunk.prefix(count)
            } else if errno != EINTR {
                throw .file(path: name, reason: String(cString: strerror(errno)))
            }
        }
    }
}
