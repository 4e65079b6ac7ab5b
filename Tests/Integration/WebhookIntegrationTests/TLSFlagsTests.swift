import Foundation
import JSON
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@Suite("The flags for TLS", .timeLimit(.minutes(2)))
struct TLSFlagsTests {
    @Test(
        "refuse older clients with --tls-min-version",
        arguments: [("1.3", ["-tls1_2"], false), ("VersionTLS12", ["-tls1_2"], true), ("1.3", ["-tls1_3"], true)]
    )
    func minimumVersion(_ version: String, _ client: [String], _ connects: Bool) async throws {
        let webhook = try await WebhookUnderTest(["--tls-min-version=\(version)"])
        #expect(try await handshake(webhook.process.port, client) == connects)
    }

    @Test("offer the suites of --tls-cipher-suites, and warn of names that OpenSSL does not have")
    func cipherSuites() async throws {
        let names = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_RC4_128_SHA"
        let webhook = try await WebhookUnderTest(["--tls-cipher-suites=\(names)"])
        #expect(webhook.process.log.contains("TLS_RSA_WITH_RC4_128_SHA"))
        let port = webhook.process.port
        #expect(try await handshake(port, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"]))
        #expect(try await !handshake(port, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]))
    }

    /// Findings of sslyze that the webhook does not control: the certificate, and the curves of OpenSSL.
    private static let foreignFindings = ["certificate_path_validation", "tls_curves"]

    @Test("by default give the TLS configuration that Mozilla recommends, according to sslyze")
    func recommended() async throws {
        let webhook = try await WebhookUnderTest()
        let file = webhook.folder.path("sslyze.json")
        let output = try await Command(
            "sslyze",
            ["--mozilla_config=intermediate", "--json_out=\(file)", "localhost:\(webhook.process.port)"]
        ).run(timeout: .seconds(100))
        let scan = try JSONTree(parsing: try Data(contentsOf: URL(fileURLWithPath: file)))
        let result = scan["server_scan_results"]?.elements?.first?["scan_result"]
        func accepted(_ version: String) -> Set<String>? {
            let suites = result?[path: ["\(version)_cipher_suites", "result", "accepted_cipher_suites"]]?.elements
            return suites.map { Set($0.compactMap { $0[path: ["cipher_suite", "name"]]?.string }) }
        }
        for version in ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"] { #expect(accepted(version) == []) }
        #expect(
            accepted("tls_1_2") == [
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            ]
        )
        #expect(accepted("tls_1_3")?.contains("TLS_AES_128_GCM_SHA256") == true)
        let findings = output.text.split(separator: "\n").filter { $0.hasPrefix("        * ") }.map {
            $0.dropFirst(10).prefix { $0 != ":" }
        }
        #expect(
            !findings.isEmpty && findings.allSatisfy { Self.foreignFindings.contains(String($0)) },
            "\(output.text)"
        )
    }

    @Test("preserve a list of suites in the system's OpenSSL configuration")
    func systemSuites() async throws {
        let folder = try TemporaryDirectory()
        let policy = try folder.write(
            """
            openssl_conf = settings
            [settings]
            ssl_conf = ssl
            [ssl]
            system_default = policy
            [policy]
            CipherString = ECDHE-ECDSA-AES256-SHA384
            """,
            to: "openssl.cnf"
        )
        let webhook = try await WebhookUnderTest(folder: folder, environment: ["OPENSSL_CONF": policy])
        let port = webhook.process.port
        #expect(try await handshake(port, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"]))
        #expect(try await !handshake(port, ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]))
    }

    @Test("leave no suites for TLS 1.2 if they name only suites of TLS 1.3")
    func tls13Suites() async throws {
        let webhook = try await WebhookUnderTest(["--tls-cipher-suites=TLS_AES_256_GCM_SHA384"])
        let port = webhook.process.port
        #expect(try await handshake(port, ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"]))
        #expect(try await !handshake(port, ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]))
        #expect(try await !handshake(port, ["-tls1_2"]))
    }

    @Test("preserve a stricter minimum version in the system's OpenSSL configuration")
    func systemPolicy() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(WebhookUnderTest.account, to: "accounts.yaml")
        let policy = try folder.write(
            """
            openssl_conf = settings
            [settings]
            ssl_conf = ssl
            [ssl]
            system_default = policy
            [policy]
            MinProtocol = TLSv1.3
            """,
            to: "openssl.cnf"
        )
        let certificate = try await CertificateFolder.make(["localhost"])
        let port = try freePort()
        let webhook = try Command(
            WebhookProcess.executable,
            [
                "--tls-cert=\(certificate.certificateFile)", "--tls-key=\(certificate.keyFile)", "--port=\(port)",
                "--metrics-port=0", "--service-accounts=\(folder.path("accounts.yaml"))", "--tls-min-version=1.2",
                "--shutdown-delay=0s",
            ],
            environment: ["OPENSSL_CONF": policy]
        ).start()
        try await eventually("the webhook to listen", log: { webhook.errorText }) {
            try await handshake(port, ["-tls1_3"])
        }
        #expect(try await !handshake(port, ["-tls1_2"]))
        webhook.terminate()
        #expect(try await webhook.waitForExit().status == 0)
    }

    @Test("with --client-ca-file require a certificate at /mutate, but not at the health paths")
    func clientCertificates() async throws {
        let authority = try TestCertificates()
        let client = try authority.issue(subject: "/CN=api-server", usage: .client)
        let stranger = try TestCertificates(commonName: "Other CA").issue(subject: "/CN=stranger", usage: .client)
        let webhook = try await WebhookUnderTest(["--client-ca-file=\(authority.root.certificatePath)"])
        let review = try Fixtures.data("review-small.json")

        #expect(try await webhook.get("/readyz").status == 200)
        #expect(try await webhook.post(review).status == 403)
        let shown = try await webhook.post(review, "--cert", client.certificatePath, "--key", client.keyPath)
        #expect(shown.status == 200 && shown.body.contains("patch"))
        await #expect(throws: CommandError.self, "a certificate from another CA is rejected") {
            try await webhook.post(review, "--cert", stranger.certificatePath, "--key", stranger.keyPath)
        }
        #expect(try await webhook.post(review).status == 403)
    }

    @Test("accept the arguments of the EKS webhook's own deployment")
    func deploymentArguments() async throws {
        let webhook = try await WebhookUnderTest([
            "--namespace=default", "--service-name=pod-identity-webhook", "--annotation-prefix=eks.amazonaws.com",
            "--token-audience=sts.amazonaws.com", "--logtostderr", "--resync-period=60s", "-v2",
            "--aws-default-region=",
        ])
        #expect(try await webhook.post(try Fixtures.data("review-small.json")).status == 200)
        try await eventually("the decision in the log, at -v2", log: { webhook.process.logTail() }) {
            webhook.process.log.contains("reason=injected")
        }
        #expect(webhook.process.log.contains("--logtostderr, --resync-period"))
    }

    /// Whether the openssl client completes a handshake.
    private func handshake(_ port: Int, _ arguments: [String]) async throws -> Bool {
        let connect = ["s_client", "-connect", "localhost:\(port)"] + arguments
        return try await Command("openssl", connect).run(timeout: .seconds(30)).status == 0
    }
}
