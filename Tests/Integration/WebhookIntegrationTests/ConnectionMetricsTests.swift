import Foundation
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@Suite("The metrics of connections", .timeLimit(.minutes(2)))
struct ConnectionMetricsTests {
    @Test("count handshakes by outcome, and open connections")
    func handshakes() async throws {
        let webhook = try await WebhookUnderTest()
        let port = webhook.process.port
        #expect(try await webhook.get("/healthz").status == 200)

        let client = try Command(
            "openssl",
            ["s_client", "-quiet", "-CAfile", webhook.certificate.authorityFile, "-connect", "localhost:\(port)"]
        ).start()
        client.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        try await client.waitForOutput(containing: "200 OK")
        #expect(try await webhook.scrape().value("pod_identity_webhook_open_connections", ["listener": "https"]) == 1)
        client.closeInput()
        client.terminate()

        let stranger = try await CertificateFolder.make(["localhost"])
        // Plain HTTP, a CA that the client does not know, and a version that the server does not support.
        for arguments in [
            ["http://localhost:\(port)/"], [webhook.url("/"), "--cacert", stranger.authorityFile],
            [webhook.url("/"), "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"],
        ] {
            await #expect(throws: CommandError.self) { try await webhook.curl(arguments) }
        }
        // Load balancers check a port in this way.
        try await Command("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).runText()

        var results: [Double?] = []
        try await eventually("the handshakes to be counted", log: { "\(results)" }) {
            let metrics = try await webhook.scrape()
            results = ["completed", "failed", "closed", "timed_out"].map {
                metrics.value("pod_identity_webhook_tls_handshakes_total", ["result": $0])
            }
            return results == [2, 3, 1, 0]
                && metrics.value("pod_identity_webhook_open_connections", ["listener": "https"]) == 0
        }
    }

    @Test("come with log lines that have a failed handshake's client address and reason, and are few for many failures")
    func log() async throws {
        let webhook = try await WebhookUnderTest()
        func lines() -> [Substring] {
            webhook.process.log.split(separator: "\n").filter { $0.contains("a TLS handshake failed") }
        }
        let script = """
            import socket, sys
            for _ in range(1000):
                client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
                client.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
                try: client.recv(9)
                except OSError: pass
                client.close()
            """
        _ = try await Command("python3", ["-c", script, "\(webhook.process.port)"]).runText()
        let labels = ["result": "failed"]
        try await eventually("the handshakes to be counted") {
            try await webhook.scrape().value("pod_identity_webhook_tls_handshakes_total", labels) == 1000
        }
        let first = try #require(lines().first)
        #expect(first.contains("client=127.0.0.1:") && first.contains("http request"))
        #expect(lines().count < 250)
        // A client reports that it does not trust the certificate.
        let stranger = try await CertificateFolder.make(["localhost"])
        try await eventually("the reason for another failed handshake", log: { webhook.process.logTail() }) {
            _ = try? await webhook.curl([webhook.url("/"), "--cacert", stranger.authorityFile])
            return lines().contains { $0.contains("unknown ca") }
        }
        #expect(lines().contains { $0.contains("omitted=") })
    }

    @Test("show when the serving certificate expires")
    func certificateExpiration() async throws {
        let webhook = try await WebhookUnderTest()
        let name = "pod_identity_webhook_certificate_expiration_timestamp_seconds"
        func expiration() async throws -> Double? {
            let command = "date -d \"$(openssl x509 -noout -enddate -in \"$1\" | cut -d= -f2)\" +%s"
            let text = try await Command("bash", ["-c", command, "date", webhook.certificate.certificateFile]).runText()
            return Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let first = try await expiration()
        #expect(first != nil)
        #expect(try await webhook.scrape().value(name) == first)
        let other = try TestCertificates().issue(dnsNames: ["localhost"], days: 7)
        try Data(other.certificate).write(to: URL(fileURLWithPath: webhook.certificate.certificateFile))
        try Data(other.key).write(to: URL(fileURLWithPath: webhook.certificate.keyFile))
        let second = try await expiration()
        #expect(second != first)
        try await eventually("the new certificate's expiration") { try await webhook.scrape().value(name) == second }
    }

    @Test("show the same values for the process as the system does")
    func process() async throws {
        let before = Date().timeIntervalSince1970
        let webhook = try await WebhookUnderTest()
        let metrics = try await webhook.scrape()
        // The boot time is in whole seconds.
        let start = try #require(metrics.value("process_start_time_seconds"))
        #expect(start >= before - 2 && start <= Date().timeIntervalSince1970 + 2)
        #expect(try #require(metrics.value("process_resident_memory_bytes")) > 1_000_000)
        #expect(try #require(metrics.value("process_open_fds")) > 5)
    }
}
