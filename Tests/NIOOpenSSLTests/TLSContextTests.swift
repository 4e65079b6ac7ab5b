import NIOOpenSSL
import TestSupport
import Testing

@Suite("TLSContext", .timeLimit(.minutes(2)))
struct TLSContextTests {
    @Test("A context tells what its leaf says")
    func leaf() throws {
        let authority = try TestCertificates()
        let identity = try authority.issue(
            subject: "/O=Örg/CN=server",
            dnsNames: ["a.example", "*.b.example"],
            ipAddresses: ["127.0.0.1", "::1"]
        )
        let context = try TLSContext(
            server: TLSServerConfiguration(certificateChain: identity.certificate, privateKey: identity.key)
        )
        let leaf = try #require(context.leaf)
        #expect(leaf.subject == "CN=server,O=Örg")
        #expect(leaf.dnsNames == ["a.example", "*.b.example"])
        #expect(leaf.ipAddresses == ["127.0.0.1", "::1"])
        #expect(leaf.notAfter - leaf.notBefore == 30 * 86_400)
    }
}
