internal import Glibc

/// Small files of a configuration.
enum FileReader {
    /// What no certificate, token or kubeconfig comes near to.
    static let limit = 16 * 1024 * 1024

    struct Failure: Error {
        let reason: String
    }

    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: "cannot be read: \(errorText(errno))") }
        defer { close(descriptor) }
        var content: [UInt8] = []
        while true {
            var failure: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
                let result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                failure = result < 0 ? errno : 0
                count = max(0, result)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw Failure(reason: "cannot be read: \(errorText(failure))") }
            if chunk.isEmpty { return content }
            content += chunk
            guard content.count <= limit else { throw Failure(reason: "is larger than \(limit) bytes") }
        }
    }

    private static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
