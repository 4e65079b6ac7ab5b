import Foundation
import TestSupport
import Testing

@Suite("The serving certificate", .timeLimit(.minutes(2)))
struct CertificateReloadTests {
    @Test("is exchanged while requests run, without a failed one; a bad pair leaves the old one")
    func exchange() async throws {
        let webhook = try await WebhookUnderTest()
        let folder = webhook.certificate.folder
        let before = try await serial(webhook)

        let load = try Command(
            "bash",
            [
                "-c",
                """
                while [ ! -e "$3" ]; do
                    curl -sS --max-time 20 --cacert "$1" -o /dev/null -o /dev/null -w '%{http_code}\\n' "$2" "$2" || echo failed
                done
                """,
                "load", webhook.certificate.authorityFile, webhook.url("/healthz"), webhook.folder.path("stop"),
            ]
        ).start()

        // A key of another certificate.
        let other = try await TestSupport.ServingCertificate.make(["localhost"])
        try copy(other.keyFile, to: "\(folder)/tls.key")
        try await eventually("the bad pair to be reported", log: { webhook.process.log }) {
            webhook.process.log.contains("the certificate stays the old one")
        }
        #expect(try await serial(webhook) == before)

        // A new pair of the same CA.
        try await Tool.check("\(TestFolders.repository)/certs/make.sh", ["-o", folder, "localhost", "127.0.0.1", "::1"])
        try await eventually("the new certificate to be served") { try await serial(webhook) != before }

        try webhook.folder.write("", to: "stop")
        let output = try await load.waitForExit(timeout: .seconds(30))
        let answers = output.text.split(separator: "\n")
        #expect(answers.count > 10)
        #expect(answers.allSatisfy { $0.hasPrefix("200") }, "\(output.errorText)")
    }

    @Test("is exchanged when a folder's link is, as a kubelet does it with a Secret")
    func linkSwap() async throws {
        let folder = try TemporaryDirectory()
        let first = try await TestSupport.ServingCertificate.make(["localhost"])
        _ = try await Tool.check("cp", ["-r", first.folder, folder.path("..first")])
        _ = try await Tool.check("ln", ["-s", "..first", folder.path("..data")])
        for name in ["tls.crt", "tls.key"] {
            _ = try await Tool.check("ln", ["-s", "..data/\(name)", folder.path(name)])
        }
        let webhook = try await WebhookUnderTest([
            "--tls-cert=\(folder.path("tls.crt"))", "--tls-key=\(folder.path("tls.key"))",
        ])
        let before = try await serial(webhook)
        let second = try await TestSupport.ServingCertificate.make(["localhost"])
        _ = try await Tool.check("cp", ["-r", second.folder, folder.path("..second")])
        _ = try await Tool.check("ln", ["-s", "..second", folder.path("..new")])
        _ = try await Tool.check("mv", ["-T", folder.path("..new"), folder.path("..data")])
        try await eventually("the new certificate to be served") { try await serial(webhook) != before }
    }

    /// The serial number of the certificate that a new connection gets.
    private func serial(_ webhook: WebhookUnderTest) async throws -> String {
        let connect = "openssl s_client -connect localhost:\(webhook.process.port) </dev/null 2>/dev/null"
        return try await Tool.check("bash", ["-c", "\(connect) | openssl x509 -noout -serial"])
    }

    private func copy(_ source: String, to target: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target), options: .atomic)
    }
}
