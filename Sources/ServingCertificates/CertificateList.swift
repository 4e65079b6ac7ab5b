internal import FoundationEssentials
internal import NIOOpenSSL

/// Certificates that somebody else may have written: no more than a Secret or a bundle of this program has by far.
struct CertificateList: Sendable, Equatable {
    static let maximum = 32
    /// Of the PEM text, in bytes; a certificate of this program has less than 1 KiB.
    static let maximumSize = maximum * 8192

    let certificates: [Certificate]

    /// Nil for a text that holds none, too many, or something that cannot be read.
    init?(pem: [UInt8]) {
        guard pem.count <= Self.maximumSize, Self.blocks(of: pem) <= Self.maximum,
            let certificates = try? Certificate.parse(pem)
        else { return nil }
        self.certificates = certificates
    }

    /// - Parameter base64: As it stands in an object of the API server.
    init?(base64: String) {
        guard base64.utf8.count <= Self.maximumSize / 3 * 4 + 4, let pem = Data(base64Encoded: base64) else {
            return nil
        }
        self.init(pem: Array(pem))
    }

    /// How many blocks of any kind begin, none of which has been parsed.
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
