import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("Verification", .timeLimit(.minutes(5)))
struct VerificationTests {
    @Test(
        "accepts a certificate for the name or address that the client uses",
        arguments: [
            "localhost", "LOCALHOST", "localhost.", "a.test.example", "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1",
            "::1%lo",
        ]
    )
    func rightName(name: String) throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext(),
            server: try fixture.serverContext(),
            serverName: name
        )
        try pair.connect()
        #expect(pair.client.errors.isEmpty)
        #expect(pair.client.handler.peerCertificate?.subject == "CN=server")
    }

    @Test(
        "refuses a certificate for a different name or address, and names it",
        arguments: [
            ("other", 62, "hostname mismatch"), ("server", 62, "hostname mismatch"),
            ("a.b.test.example", 62, "hostname mismatch"), ("test.example", 62, "hostname mismatch"),
            ("127.0.0.2", 64, "IP address mismatch"), ("::2", 64, "IP address mismatch"),
        ]
    )
    func wrongName(name: String, code: Int, reason: String) throws {
        let fixture = try TLSFixture.shared
        for version in [TLSVersion.v1_2, .v1_3] {
            let pair = EmbeddedPair(
                client: try fixture.clientContext { $0.maximumVersion = version },
                server: try fixture.serverContext(),
                serverName: name
            )
            try pair.connect()
            let error = try #require(pair.client.errors.first)
            #expect(
                error
                    == .certificateRejected(
                        code: code,
                        reason: reason,
                        peer: name,
                        certificate: "\"CN=server\" with the names localhost, *.test.example, 127.0.0.1, ::1"
                    )
            )
            #expect(pair.client.events == [.active, .error, .inactive])
            // The alert that remained in the BIO after the failure was sent.
            #expect("\(pair.server.errors)".contains("alert"))
        }
    }

    @Test("uses SNI for DNS names, but never for addresses", arguments: [("localhost", true), ("127.0.0.1", false)])
    func serverNameIndication(name: String, isSent: Bool) throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext(),
            server: try fixture.serverContext(),
            serverName: name
        )
        try pair.client.activate()
        let hello = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        // RFC 6066: type 0, the length of the list, the length of the name, the name.
        let entry = [0, 0, UInt8(name.utf8.count)] + Array(name.utf8)
        #expect(!hello.readableBytesView.prefix(before: entry).isEmpty == isSent)
    }

    @Test(
        "refuses an unusable name before a byte is sent",
        arguments: ["", ".", "a b", "a\0b", "ä", "a..b"]
    )
    func badName(name: String) throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext(),
            server: try fixture.serverContext(),
            serverName: name
        )
        try pair.client.activate()
        #expect(pair.client.errors == [.invalidServerName(name)])
        #expect(try pair.client.channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test("refuses an unknown authority, an expired certificate, and a client's certificate on a server")
    func wrongCertificate() throws {
        let fixture = try TLSFixture.shared
        let names = TLSFixture.names
        let cases: [(TestCertificates.Identity, Int, String)] = [
            (try fixture.otherAuthority.issue(dnsNames: names), 20, "unable to get local issuer certificate"),
            (try fixture.authority.issue(dnsNames: names, days: -1), 10, "certificate has expired"),
            (try fixture.authority.issue(dnsNames: names, usage: .client), 26, "unsuitable certificate purpose"),
        ]
        for (identity, code, reason) in cases {
            let pair = EmbeddedPair(client: try fixture.clientContext(), server: try fixture.serverContext(identity))
            try pair.connect()
            guard case .certificateRejected(code, reason, "localhost", _) = pair.client.errors.first else {
                Issue.record("\(pair.client.errors), not \(reason)")
                continue
            }
            #expect("\(pair.client.errors[0])".contains(reason))
        }
    }

    @Test("can be disabled; then every certificate is accepted, and none is reported as the peer's")
    func noVerification() throws {
        let fixture = try TLSFixture.shared
        let identity = try fixture.otherAuthority.issue(dnsNames: ["other"], days: -1)
        for name in ["localhost", "127.0.0.1", ""] {
            let pair = EmbeddedPair(
                client: try fixture.clientContext { $0.verification = .none },
                server: try fixture.serverContext(identity),
                serverName: name
            )
            try pair.connect()
            #expect(pair.client.events == [.active, .handshakeCompleted("http/1.1")])
            #expect(pair.client.handler.peerCertificate == nil)
        }
    }

    @Test("accepts a chain with an intermediate, RSA and ECDSA, and an intermediate or the leaf as the anchor")
    func chains() throws {
        let fixture = try TLSFixture.shared
        let intermediate = try fixture.authority.makeIntermediate()
        let below = try intermediate.makeIntermediate(commonName: "Below")
        for authority in [intermediate, below] {
            let identity = try authority.issue(dnsNames: TLSFixture.names, keyType: .rsa2048)
            let nextBlock = Array("\n-----BEGIN CERTIFICATE-----".utf8)
            let leafAlone = Array(identity.certificate.prefix(before: nextBlock))
            #expect(!leafAlone.isEmpty)
            let anchors = [fixture.authority.root.certificate, identity.certificate, leafAlone]
            for anchor in anchors {
                let pair = EmbeddedPair(
                    client: try fixture.clientContext { $0.trustRoots = .pem(anchor) },
                    server: try fixture.serverContext(identity)
                )
                try pair.connect()
                #expect(pair.client.errors.isEmpty)
            }
        }
    }

    @Test("with the system's store does not accept a test authority")
    func systemStore() throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext { $0.trustRoots = .system },
            server: try fixture.serverContext()
        )
        try pair.connect()
        guard case .certificateRejected(20, _, _, _) = pair.client.errors.first else {
            Issue.record("\(pair.client.errors)")
            return
        }
    }
}

@Suite("Client certificates", .timeLimit(.minutes(5)))
struct ClientCertificateTests {
    enum Presented: Sendable, CaseIterable {
        case none
        case right
        case strangers
    }

    @Test(
        "are required or optional, and may be missing, valid or from a stranger",
        arguments: [true, false],
        [TLSVersion.v1_2, .v1_3]
    )
    func policies(isRequired: Bool, version: TLSVersion) throws {
        let fixture = try TLSFixture.shared
        let roots = fixture.authority.root.certificate
        for presented in Presented.allCases {
            let identity: TestCertificates.Identity? =
                switch presented {
                case .none: nil
                case .right: fixture.client
                case .strangers: fixture.strangersClient
                }
            let pair = EmbeddedPair(
                client: try fixture.clientContext(identity) { $0.maximumVersion = version },
                server: try fixture.serverContext {
                    $0.clientCertificates = isRequired ? .required(trustRoots: roots) : .optional(trustRoots: roots)
                }
            )
            try pair.connect()
            switch presented {
            case .right:
                #expect(pair.server.events == [.active, .handshakeCompleted("http/1.1")])
                #expect(pair.server.handler.peerCertificate?.subject == "CN=client,O=clients")
            case .none where !isRequired:
                #expect(pair.server.events == [.active, .handshakeCompleted("http/1.1")])
                #expect(pair.server.handler.peerCertificate == nil)
            case .none:
                #expect(pair.server.errors == [.handshakeFailed(reason: "peer did not return a certificate")])
            case .strangers:
                guard case .certificateRejected(20, _, nil, "\"CN=stranger\"") = pair.server.errors.first else {
                    Issue.record("\(pair.server.errors)")
                    continue
                }
            }
            #expect(pair.client.errors.isEmpty == pair.server.errors.isEmpty)
        }
    }

    @Test("that are refused in TLS 1.3 fail the client's first read with an alert, after its handshake")
    func rejectionOnFirstRead() throws {
        let fixture = try TLSFixture.shared
        let roots = fixture.authority.root.certificate
        let pair = EmbeddedPair(
            client: try fixture.clientContext(),
            server: try fixture.serverContext { $0.clientCertificates = .required(trustRoots: roots) }
        )
        let write = pair.client.send("question")
        try pair.connect()
        #expect(write.isSuccess)
        #expect(pair.client.events == [.active, .handshakeCompleted("http/1.1"), .error, .inactive])
        let reason = "tlsv13 alert certificate required (SSL alert number 116)"
        #expect(pair.client.errors == [.connectionFailed(reason: reason)])
        #expect(pair.server.received.isEmpty)
    }

    @Test("are refused if they are expired or for servers")
    func unfit() throws {
        let fixture = try TLSFixture.shared
        let roots = fixture.authority.root.certificate
        for (identity, expected) in [
            (try fixture.authority.issue(usage: .client, days: -1), 10),
            (fixture.server, 26),
        ] {
            let pair = EmbeddedPair(
                client: try fixture.clientContext(identity),
                server: try fixture.serverContext { $0.clientCertificates = .optional(trustRoots: roots) }
            )
            try pair.connect()
            guard case .certificateRejected(expected, _, nil, _) = pair.server.errors.first else {
                Issue.record("\(pair.server.errors), not \(expected)")
                continue
            }
        }
    }
}

extension Collection<UInt8> {
    /// The bytes before the first occurrence of `pattern`; empty if there is none.
    fileprivate func prefix(before pattern: [UInt8]) -> SubSequence {
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: pattern) { return self[..<start] }
            start = index(after: start)
        }
        return self[..<startIndex]
    }
}
