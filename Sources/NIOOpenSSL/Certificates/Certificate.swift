internal import COpenSSL

/// An X.509 certificate.
package struct Certificate: Sendable {
    /// A single PEM block, without the text that may have surrounded it.
    package let pem: [UInt8]
    package let info: CertificateInfo
    /// The SHA-256 digest of the DER form, in lower-case hexadecimal digits.
    package let fingerprint: String
    /// Whether its basic constraints and key usage allow it to sign certificates.
    package let isAuthority: Bool
    /// Whether its purposes include authenticating a TLS server.
    package let isForServers: Bool

    /// - Parameter pointer: An OpenSSL `X509`.
    init(_ pointer: OpaquePointer) throws(TLSError) {
        pem = try PEM.write(certificate: pointer)
        info = CertificateInfo(pointer)
        fingerprint = Self.digest(pointer)
        isAuthority = X509_check_ca(pointer) == 1
        isForServers = X509_check_purpose(pointer, X509_PURPOSE_SSL_SERVER, 0) == 1
        // A certificate with a malformed extension passes no check and leaves errors in the queue.
        OpenSSLErrorQueue.clear()
    }

    /// The certificates of a PEM text, in order; there is at least one.
    package static func parse(_ pem: [UInt8]) throws(TLSError) -> [Certificate] {
        let chain = try PEM.certificates(pem, from: .certificateChain)
        defer { extendLifetime(chain) }
        var certificates: [Certificate] = []
        for pointer in chain.pointers { certificates.append(try Certificate(pointer)) }
        return certificates
    }

    /// Whether this certificate was signed with the authority's name and key. Dates are not checked.
    package func isIssued(by authority: Certificate) -> Bool {
        guard
            let own = try? PEM.certificates(pem, from: .certificateChain),
            let other = try? PEM.certificates(authority.pem, from: .certificateChain)
        else { return false }
        defer {
            extendLifetime(own)
            extendLifetime(other)
            OpenSSLErrorQueue.clear()
        }
        let (leaf, issuer) = (own.pointers[0], other.pointers[0])
        return X509_check_issued(issuer, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(issuer)) == 1
    }

    /// Whether this is the certificate for a private key, given as PEM.
    package func belongs(to privateKey: [UInt8]) -> Bool {
        guard
            let chain = try? PEM.certificates(pem, from: .certificateChain),
            let key = try? PEM.privateKey(privateKey)
        else { return false }
        defer {
            extendLifetime(chain)
            extendLifetime(key)
            OpenSSLErrorQueue.clear()
        }
        return X509_check_private_key(chain.pointers[0], key.pointer) == 1
    }

    /// The SHA-1 digest of the DER form, in lower-case hexadecimal digits, by which AWS IAM knows certificates; empty where
    /// OpenSSL refuses SHA-1.
    package var sha1: String {
        guard let chain = try? PEM.certificates(pem, from: .certificateChain) else { return "" }
        defer {
            extendLifetime(chain)
            OpenSSLErrorQueue.clear()
        }
        return Self.digest(chain.pointers[0], EVP_sha1())
    }

    private static func digest(_ pointer: OpaquePointer, _ algorithm: OpaquePointer? = EVP_sha256()) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(pointer, algorithm, &bytes, &count) == 1 else { return "" }
        return bytes.prefix(Int(count)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Certificate: Hashable {
    package static func == (left: Certificate, right: Certificate) -> Bool { left.fingerprint == right.fingerprint }
    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
