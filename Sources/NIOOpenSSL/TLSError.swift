/// Why a configuration, a handshake or a connection failed.
package enum TLSError: Error, Equatable, Sendable {
    /// The part of a configuration that a PEM text is given for.
    package enum Source: String, Sendable, Equatable {
        case certificateChain = "certificate chain"
        case privateKey = "private key"
        case trustRoots = "trust roots"
        case clientTrustRoots = "trust roots for client certificates"
        case publicKeys = "public key"
    }

    // Configuration

    /// `block` counts the PEM blocks of the expected kind, from 1.
    case unreadablePEM(Source, block: Int, reason: String)
    case missingPEM(Source, expected: String)
    case encryptedPrivateKey
    /// There is a private key where only public ones are expected.
    case privateKeyInPublicPEM
    /// The certificate and the private key are not a pair.
    case keyMismatch(subject: String)
    /// OpenSSL has read it but refuses to use it, for example because its key is too small.
    case unusable(Source, reason: String)
    case certificateWithoutKey
    case keyWithoutCertificate
    case invalidVersions(minimum: TLSVersion, maximum: TLSVersion)
    case invalidCipherSuites(String)
    case invalidApplicationProtocol(String)
    case invalidServerName(String)
    /// A call failed that fails only if memory or randomness runs out.
    case library(call: String, reason: String)

    // Handshake

    case handshakeFailed(reason: String)
    /// The chain or the name of the peer did not verify. `code` is OpenSSL's verify result (`X509_V_ERR_…`) and
    /// `reason` its text. `peer` is the name that the client asked for, or `nil` on a server. `certificate` describes
    /// the certificate of the chain that was at fault.
    case certificateRejected(code: Int, reason: String, peer: String?, certificate: String?)
    case handshakeTimeout
    case closedDuringHandshake

    // Connection

    /// The peer ended the TCP connection without close_notify, so what was received may be incomplete.
    case truncated
    /// The peer sent a fatal alert, or bytes that are not a valid TLS record.
    case connectionFailed(reason: String)
    /// The peer sent that many more records without application data (KeyUpdate, warnings, empty ones) than with it.
    case tooManyRecordsWithoutData(Int)
    /// A client of TLS 1.2 began a second handshake.
    case renegotiation
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadablePEM(let source, let block, let reason):
            "the \(source.rawValue) cannot be read: PEM block \(block): \(reason)"
        case .missingPEM(let source, let expected):
            "the \(source.rawValue) cannot be read: it has no PEM block \"-----BEGIN \(expected)-----\""
        case .encryptedPrivateKey:
            "the private key is encrypted with a passphrase: provide it unencrypted"
        case .privateKeyInPublicPEM:
            "this is a private key: provide the public one, which openssl pkey -in FILE -pubout prints"
        case .keyMismatch(let subject):
            "the private key does not belong to the certificate \"\(subject)\", the first of its chain"
        case .unusable(let source, let reason):
            "OpenSSL refuses the \(source.rawValue): \(reason)"
        case .certificateWithoutKey:
            "there is a certificate but no private key: provide both or neither"
        case .keyWithoutCertificate:
            "there is a private key but no certificate: provide both or neither"
        case .invalidVersions(let minimum, let maximum):
            "the lowest TLS version (\(minimum.rawValue)) is above the highest (\(maximum.rawValue))"
        case .invalidCipherSuites(let reason):
            "OpenSSL refuses the cipher suites: \(reason)"
        case .invalidApplicationProtocol(let name):
            "the ALPN protocol \"\(name)\" is not 1 to 255 bytes long"
        case .invalidServerName(let name):
            "\"\(name)\" is neither a DNS name nor an IP address: the server's certificate cannot be verified against it"
        case .library(let call, let reason):
            "\(call) failed: \(reason)"
        case .handshakeFailed(let reason):
            "the TLS handshake failed: \(reason)"
        case .certificateRejected(let code, let reason, let peer, let certificate):
            "\(peer.map { "the certificate of \"\($0)\"" } ?? "the client's certificate") was not accepted: \(reason)"
                + " (OpenSSL's verify result \(code)\(certificate.map { ", for \($0)" } ?? ""))"
        case .handshakeTimeout:
            "the TLS handshake took too long"
        case .closedDuringHandshake:
            "the peer closed the connection during the TLS handshake"
        case .truncated:
            "the peer ended the connection without a TLS close_notify: data may be missing"
        case .connectionFailed(let reason):
            "the TLS connection failed: \(reason)"
        case .tooManyRecordsWithoutData(let count):
            "the peer sent \(count) TLS records without data in a row, or among few with data"
        case .renegotiation:
            "the client tried to renegotiate TLS, which is not allowed"
        }
    }
}
