import Foundation
import TestPrograms
import TestSupport
import Testing

@testable import NIOOpenSSL

/// Certificates that libcrypto issues here, as the openssl command sees them.
@Suite(.timeLimit(.minutes(1)))
struct CertificateAuthorityToolTests {
    private static let names = ["webhook.eks.svc", "webhook.eks.svc.cluster.local", "webhook.eks", "webhook"]
    /// 2026-01-01T00:00:00Z.
    private static let start: Int64 = 1_767_225_600
    private static let hour: Int64 = 3600

    private let folder: TemporaryDirectory
    private let authority: CertificateAuthority

    init() throws {
        folder = try TemporaryDirectory()
        authority = try Self.makeAuthority()
    }

    private static func makeAuthority(_ name: String = "one") throws -> CertificateAuthority {
        try .make(commonName: "test CA \(name)", validity: (start - hour)...(start + 87_600 * hour))
    }

    private func issue(_ authority: CertificateAuthority? = nil) throws -> CertificateAuthority.Identity {
        try (authority ?? self.authority).issue(
            commonName: "webhook",
            dnsNames: Self.names,
            validity: (Self.start - Self.hour)...(Self.start + 2160 * Self.hour)
        )
    }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try folder.write(String(decoding: bytes, as: UTF8.self), to: name)
        return folder.path(name)
    }

    /// The output of `openssl x509` for a certificate, with runs of spaces collapsed.
    private func text(_ certificate: Certificate) async throws -> String {
        let path = try file("shown.crt", certificate.pem)
        let text = try await Command("openssl", ["x509", "-noout", "-text", "-in", path]).runText()
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func `The CA certificate conforms to RFC 5280 and has no more privileges than necessary`() async throws {
        let text = try await text(authority.identity.certificate)
        for part in [
            "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256", "NIST CURVE: P-256",
            "Issuer: CN = test CA one Validity", "Subject: CN = test CA one Subject",
            "Not Before: Dec 31 23:00:00 2025 GMT Not After : Dec 30 00:00:00 2035 GMT",
            "Basic Constraints: critical CA:TRUE, pathlen:0", "Key Usage: critical Certificate Sign, CRL Sign",
            "X509v3 Subject Key Identifier:",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(authority.identity.certificate.isAuthority)
        #expect(!authority.identity.certificate.isForServers)
    }

    @Test func `A serving certificate is valid only for servers and contains all DNS names of the Service`()
        async throws
    {
        let identity = try issue()
        let text = try await text(identity.certificate)
        for part in [
            "Version: 3 (0x2)", "Signature Algorithm: ecdsa-with-SHA256", "NIST CURVE: P-256",
            "Issuer: CN = test CA one Validity", "Subject: CN = webhook Subject",
            "Not Before: Dec 31 23:00:00 2025 GMT Not After : Apr 1 00:00:00 2026 GMT",
            "Basic Constraints: critical CA:FALSE", "Key Usage: critical Digital Signature",
            "Extended Key Usage: TLS Web Server Authentication", "X509v3 Subject Key Identifier:",
            "X509v3 Authority Key Identifier:",
            "Subject Alternative Name: " + Self.names.map { "DNS:\($0)" }.joined(separator: ", "),
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(identity.certificate.isForServers)
        #expect(!identity.certificate.isAuthority)
        #expect(identity.certificate.info.dnsNames == Self.names)
        #expect(identity.certificate.info.notAfter == Self.start + 2160 * Self.hour)
    }

    @Test(arguments: names)
    func `openssl verify accepts a serving certificate for each name, whatever the order of CAs in the bundle`(
        name: String
    ) async throws {
        let other = try Self.makeAuthority("two").identity.certificate.pem
        let own = authority.identity.certificate.pem
        let leaf = try file("leaf.crt", try issue().certificate.pem)
        for bundle in [own + other, other + own] {
            #expect(try await verify(leaf, bundle, ["-verify_hostname", name]) == 0)
        }
        #expect(try await verify(leaf, other, []) != 0)
        #expect(try await verify(leaf, own, ["-verify_hostname", "other"]) != 0)
        #expect(try await verify(leaf, own, ["-purpose", "sslclient"]) != 0)
    }

    private func verify(_ leaf: String, _ bundle: [UInt8], _ options: [String]) async throws -> Int32 {
        let arguments = ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", "\(Self.start)"] + options
        return try await Command("openssl", arguments + ["-CAfile", try file("bundle.crt", bundle), leaf]).run().status
    }

    @Test func `Private keys are in PKCS#8 format and match only their own certificates`() async throws {
        let (first, second) = (try issue(), try issue())
        for identity in [authority.identity, first, second] {
            let path = try file("key.pem", identity.privateKey)
            let key = try await Command("openssl", ["pkey", "-in", path, "-pubout"]).runText()
            let certificate = try file("certificate.pem", identity.certificate.pem)
            #expect(try await Command("openssl", ["x509", "-in", certificate, "-noout", "-pubkey"]).runText() == key)
            #expect(identity.privateKey.starts(with: "-----BEGIN PRIVATE KEY-----".utf8))
        }
        #expect(first.certificate.belongs(to: first.privateKey))
        #expect(!first.certificate.belongs(to: second.privateKey))
        #expect(!first.certificate.belongs(to: Array("no key".utf8)))
    }

    @Test func `The fingerprint equals the one that openssl prints`() async throws {
        let leaf = try issue().certificate
        let path = try file("leaf.crt", leaf.pem)
        let digest = try await Command("openssl", ["x509", "-in", path, "-noout", "-sha256", "-fingerprint"]).runText()
        let digits = digest.filter { $0.isHexDigit || $0 == ":" }.filter { $0 != ":" }.lowercased()
        #expect(digits.hasSuffix(leaf.fingerprint))
    }
}
