internal import FoundationEssentials
internal import NIOOpenSSL

/// Certificates from an object that others may have written. The limits are far above what this program itself ever writes.
struct CertificateList: Sendable, Equatable {
    static let maximum = 32
    /// The maximum size of the PEM text, in bytes. A certificate of this program takes less than 1 KiB.
    static let maximumSize = maximum * 8192

    let certificates: [Certificate]

    /// Nil if the text has no certificates, too many of them, or one that cannot be read.
    init?(pem: [UInt8]) {
        guard pem.count <= Self.maximumSize, Self.blocks(of: pem) <= Self.maximum,
            let certificates = try? Certificate.parse(pem)
        else { return nil }
        self.certificates = certificates
    }

    /// - Parameter base64: PEM in base64, as objects of the Kubernetes API contain it.
    init?(base64: String) {
        guard base64.utf8.count <= Self.maximumSize / 3 * 4 + 4, let pem = Data(base64Encoded: base64) else {
            return nil
        }
        self.init(pem: Array(pem))
    }

    /// The number of PEM blocks of any kind, counted without parsing them.
    private static func blocks(of pem: [UInt8]) -> Int {
        let begin = Array("-----BEGIN ".utf8)
        var count = 0
        var rest = pem[...]
        while let dash = rest.firstIndex(of: begin[0]) {
            if rest[dash...].starts(with: begin) { count += 1 }
            rest = rest[(dash + 1)...]
        }
        return count
    }
}
