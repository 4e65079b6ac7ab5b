import COpenSSL
import TestNetwork
import Testing

@testable import NIOOpenSSL

@Suite("TLSContext", .timeLimit(.minutes(5)))
struct TLSContextTests {
    @Test("describes its leaf certificate")
    func leaf() throws {
        let identity = try TestCertificates().issue(
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

    @Test("refuses the key of a different certificate, of the same or another type")
    func mismatch() throws {
        let fixture = try TLSFixture.shared
        let rsa = try fixture.authority.issue(keyType: .rsa2048)
        for key in [fixture.client.key, rsa.key] {
            #expect(throws: TLSError.keyMismatch(subject: "CN=server")) { try fixture.server(key: key) }
        }
    }

    @Test("reports malformed PEM with the file, the place and the reason")
    func badPEM() throws {
        let fixture = try TLSFixture.shared
        let good = String(decoding: fixture.server.certificate, as: UTF8.self)
        let cut = good.prefix(300)
        let swapped = good.replacing("MII", with: "!!!")
        let key = String(decoding: fixture.server.key, as: UTF8.self)
        let certificates: [(String, String)] = [
            ("", "the certificate chain cannot be read: it has no PEM block \"-----BEGIN CERTIFICATE-----\""),
            ("no PEM", "the certificate chain cannot be read: it has no PEM block \"-----BEGIN CERTIFICATE-----\""),
            (key, "the certificate chain cannot be read: it has no PEM block \"-----BEGIN CERTIFICATE-----\""),
            ("\(cut)", "the certificate chain cannot be read: PEM block 1: "),
            ("\(cut)\n", "the certificate chain cannot be read: PEM block 1: "),
            (swapped, "the certificate chain cannot be read: PEM block 1: "),
            (good + swapped, "the certificate chain cannot be read: PEM block 2: "),
            (good + cut, "the certificate chain cannot be read: PEM block 2: "),
        ]
        for (text, message) in certificates {
            let error = #expect(throws: TLSError.self) { try fixture.server(certificate: Array(text.utf8)) }
            #expect(error.map { "\($0)" }?.hasPrefix(message) == true, "\(String(describing: error)) for \(text)")
        }
        let keys: [(String, String)] = [
            ("", "the private key cannot be read: it has no PEM block \"-----BEGIN PRIVATE KEY-----\""),
            (good, "the private key cannot be read: it has no PEM block \"-----BEGIN PRIVATE KEY-----\""),
            ("\(key.prefix(100))", "the private key cannot be read: PEM block 1: "),
            (key.replacing("M", with: "N"), "the private key cannot be read: PEM block 1: "),
        ]
        for (text, message) in keys {
            let error = #expect(throws: TLSError.self) { try fixture.server(key: Array(text.utf8)) }
            #expect(error.map { "\($0)" }?.hasPrefix(message) == true, "\(String(describing: error)) for \(text)")
        }
    }

    @Test("refuses invalid trust roots, of clients and of servers")
    func badTrustRoots() throws {
        let fixture = try TLSFixture.shared
        #expect(throws: TLSError.missingPEM(.trustRoots, expected: "CERTIFICATE")) {
            try fixture.clientContext { $0.trustRoots = .pem([]) }
        }
        #expect(throws: TLSError.missingPEM(.clientTrustRoots, expected: "CERTIFICATE")) {
            try fixture.serverContext { $0.clientCertificates = .optional(trustRoots: [10]) }
        }
    }

    @Test("needs both a client's certificate and its key, or neither")
    func half() throws {
        let fixture = try TLSFixture.shared
        #expect(throws: TLSError.certificateWithoutKey) {
            try fixture.clientContext { $0.certificateChain = fixture.client.certificate }
        }
        #expect(throws: TLSError.keyWithoutCertificate) {
            try fixture.clientContext { $0.privateKey = fixture.client.key }
        }
    }

    @Test("refuses impossible versions, cipher suites and ALPN names")
    func badSettings() throws {
        let fixture = try TLSFixture.shared
        #expect(throws: TLSError.invalidVersions(minimum: .v1_3, maximum: .v1_2)) {
            try fixture.serverContext {
                $0.minimumVersion = .v1_3
                $0.maximumVersion = .v1_2
            }
        }
        #expect(throws: TLSError.invalidCipherSuites("no cipher match")) {
            try fixture.serverContext { $0.cipherSuites.tls12 = ["NO-SUCH"] }
        }
        #expect(throws: TLSError.self) {
            try fixture.serverContext { $0.cipherSuites.tls13 = ["NO-SUCH"] }
        }
        let long = String(repeating: "x", count: 256)
        for name in ["", long] {
            #expect(throws: TLSError.invalidApplicationProtocol(name)) {
                try fixture.serverContext { $0.applicationProtocols = [name] }
            }
        }
    }

    @Test("by default offers only TLS 1.2 suites with AEAD and forward secrecy on a server")
    func recommendedSuites() throws {
        let context = try TLSFixture.shared.serverContext()
        #expect(Self.suites(context) == TLSCipherSuites.recommended)
        let asked = try TLSFixture.shared.serverContext { $0.cipherSuites.tls12 = ["ECDHE-ECDSA-AES256-SHA384"] }
        #expect(Self.suites(asked) == ["ECDHE-ECDSA-AES256-SHA384"])
        let old = try TLSFixture.shared.serverContext { $0.minimumVersion = .v1_0 }
        #expect(Self.suites(old).contains("ECDHE-ECDSA-AES256-SHA"), "versions before 1.2 need them")
    }

    /// The suites of TLS 1.2 and below.
    private static func suites(_ context: TLSContext) -> [String] {
        let ciphers = SSL_CTX_get_ciphers(context.pointer)
        return (0..<OPENSSL_sk_num(ciphers)).map {
            String(cString: SSL_CIPHER_get_name(OpaquePointer(OPENSSL_sk_value(ciphers, $0))))
        }.filter { !$0.hasPrefix("TLS_") }
    }

    @Test("accepts the names of cipher suites in flags")
    func cipherSuites() throws {
        let (suites, missing) = try TLSCipherSuites.named([
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_RC4_128_SHA",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        ])
        #expect(suites.tls12 == ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"])
        #expect(suites.tls13 == ["TLS_AES_256_GCM_SHA384"])
        #expect(missing == ["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"])
        #expect(try TLSCipherSuites.named(["TLS_AES_128_GCM_SHA256"]).suites.tls12 == nil)
        for names in [[], ["TLS_RSA_WITH_RC4_128_SHA"], ["TLS_NO_SUCH"], ["ECDHE-RSA-AES128-GCM-SHA256"]] {
            #expect(throws: TLSError.self) { try TLSCipherSuites.named(names) }
        }
    }

    @Test("uses a cipher suite that both sides allow, or fails the handshake if there is none")
    func cipherSuiteIsUsed() throws {
        let fixture = try TLSFixture.shared
        for (names, isUsable) in [(["ECDHE-ECDSA-AES128-GCM-SHA256"], true), (["ECDHE-RSA-AES128-GCM-SHA256"], false)] {
            let server = try fixture.serverContext {
                $0.maximumVersion = .v1_2
                $0.cipherSuites.tls12 = names
            }
            let pair = EmbeddedPair(client: try fixture.clientContext(), server: server)
            try pair.connect()
            // The certificate has an ECDSA key.
            let error = TLSError.handshakeFailed(reason: "no shared cipher")
            #expect(pair.server.errors == (isUsable ? [] : [error]))
        }
    }

    @Test(
        "accepts the names of versions in flags",
        arguments: [
            ("1.0", .v1_0), ("VersionTLS10", .v1_0), ("1.2", .v1_2), ("VersionTLS12", .v1_2), ("TLSv1.3", .v1_3),
            ("VersionTLS13", .v1_3), ("TLSv1", .v1_0), ("1.4", nil), ("", nil), ("TLS", nil),
        ] as [(String, TLSVersion?)]
    )
    func versionNames(name: String, version: TLSVersion?) {
        #expect(TLSVersion(name: name) == version)
    }
}

extension TLSFixture {
    @discardableResult
    fileprivate func server(certificate: [UInt8]? = nil, key: [UInt8]? = nil) throws -> TLSContext {
        let configuration = TLSServerConfiguration(
            certificateChain: certificate ?? server.certificate,
            privateKey: key ?? server.key
        )
        return try TLSContext(server: configuration)
    }
}
