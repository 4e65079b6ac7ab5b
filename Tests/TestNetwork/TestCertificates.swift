import Foundation
package import TestSupport

/// A certificate authority, and the certificates that it issues. It uses libcrypto directly, without the code under
/// test. Its files are in a folder that is removed with the last reference to it.
package final class TestCertificates: Sendable {
    package enum KeyType: Sendable {
        case ecdsaP256
        case rsa2048
    }

    package enum Usage: String, Sendable {
        case server = "serverAuth"
        case client = "clientAuth"
    }

    /// A certificate with its private key, as files and as PEM.
    package struct Identity: Sendable {
        package let certificatePath: String
        package let keyPath: String
        /// The leaf, followed by the intermediates if there are any; the root is left out.
        package let certificate: [UInt8]
        /// PKCS#8.
        package let key: [UInt8]
    }

    package let directory: TemporaryDirectory
    /// The root of all chains that are issued here.
    package let root: Identity
    /// The certificate that signs: the root or an intermediate.
    private let issuer: SignedCertificate
    /// PEM of the issuer and the certificates above it, without the root.
    private let intermediates: [UInt8]

    /// A new root.
    package init(commonName: String = "Test CA", keyType: KeyType = .ecdsaP256) throws {
        directory = try TemporaryDirectory()
        issuer = try SignedCertificate(
            subject: "/CN=\(commonName)",
            keyType,
            days: 30,
            extensions: Self.authorityExtensions,
            issuer: nil
        )
        intermediates = []
        root = try Self.write(issuer, "ca", to: directory)
    }

    private init(_ directory: TemporaryDirectory, root: Identity, issuer: SignedCertificate, intermediates: [UInt8]) {
        self.directory = directory
        self.root = root
        self.issuer = issuer
        self.intermediates = intermediates
    }

    /// Creates an authority below this one; the chains that it issues include its certificate.
    package func makeIntermediate(commonName: String = "Test Intermediate CA") throws -> TestCertificates {
        let intermediate = try SignedCertificate(
            subject: "/CN=\(commonName)",
            .ecdsaP256,
            days: 30,
            extensions: Self.authorityExtensions,
            issuer: issuer
        )
        return TestCertificates(
            directory,
            root: root,
            issuer: intermediate,
            intermediates: try intermediate.pem + intermediates
        )
    }

    /// Issues a leaf.
    /// - Parameters:
    ///   - subject: In OpenSSL's form, `/O=system:masters/CN=admin`.
    ///   - days: How many days it is valid, starting now; -1 makes it expired.
    package func issue(
        subject: String = "/CN=test",
        dnsNames: [String] = [],
        ipAddresses: [String] = [],
        usage: Usage = .server,
        keyType: KeyType = .ecdsaP256,
        days: Int = 30
    ) throws -> Identity {
        let names = dnsNames.map { "DNS:\($0)" } + ipAddresses.map { "IP:\($0)" }
        let leaf = try SignedCertificate(
            subject: subject,
            keyType,
            days: days,
            extensions: [
                ("basicConstraints", "critical,CA:FALSE"), ("keyUsage", "critical,digitalSignature"),
                ("extendedKeyUsage", usage.rawValue),
            ] + (names.isEmpty ? [] : [("subjectAltName", names.joined(separator: ","))]),
            issuer: issuer
        )
        return try Self.write(leaf, UUID().uuidString, to: directory, intermediates: intermediates)
    }

    private static let authorityExtensions = [
        ("basicConstraints", "critical,CA:TRUE"), ("keyUsage", "critical,keyCertSign,cRLSign"),
        ("subjectKeyIdentifier", "hash"),
    ]

    private static func write(
        _ certificate: SignedCertificate,
        _ name: String,
        to directory: TemporaryDirectory,
        intermediates: [UInt8] = []
    ) throws -> Identity {
        let (chain, key) = (try certificate.pem + intermediates, try certificate.keyPEM)
        return Identity(
            certificatePath: try directory.write(String(decoding: chain, as: UTF8.self), to: "\(name).crt"),
            keyPath: try directory.write(String(decoding: key, as: UTF8.self), to: "\(name).key"),
            certificate: chain,
            key: key
        )
    }
}
