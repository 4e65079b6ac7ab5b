import Testing

@testable import NIOOpenSSL

@Suite("The certificate authority", .timeLimit(.minutes(5)))
struct CertificateAuthorityTests {
    private let authority: CertificateAuthority

    init() throws { authority = try Self.makeAuthority() }

    private static func makeAuthority() throws -> CertificateAuthority {
        try .make(commonName: "test CA", validity: 0...3600)
    }

    private func issue(_ authority: CertificateAuthority? = nil) throws -> CertificateAuthority.Identity {
        try (authority ?? self.authority).issue(commonName: "webhook", dnsNames: ["webhook.svc"], validity: 0...60)
    }

    @Test func `Certificates and keys survive a round trip through PEM`() throws {
        let leaf = try issue().certificate
        let both = try Certificate.parse(leaf.pem + Array("a line between\n".utf8) + authority.identity.certificate.pem)
        #expect(both.map(\.pem) == [leaf.pem, authority.identity.certificate.pem])
        #expect(both == [leaf, authority.identity.certificate])
        let again = CertificateAuthority(authority.identity)
        #expect(try issue(again).certificate.isIssued(by: authority.identity.certificate))
    }

    @Test func `Serial numbers are unique and 128 bits long`() throws {
        let serials = try (0..<20).map { _ in try issue().certificate.info.serialNumber }
        #expect(Set(serials).count == 20)
        #expect(serials.allSatisfy { (28...32).contains($0.count) })
    }

    @Test func `A certificate's issuer is identified even among CAs with the same name`() throws {
        let leaf = try issue().certificate
        #expect(leaf.isIssued(by: authority.identity.certificate))
        #expect(!leaf.isIssued(by: try Self.makeAuthority().identity.certificate))
        #expect(!leaf.isIssued(by: leaf))
    }

    @Test func `A common name that is too long is rejected`() {
        #expect(throws: TLSError.self) {
            try CertificateAuthority.make(commonName: String(repeating: "x", count: 65), validity: 0...1)
        }
    }
}
