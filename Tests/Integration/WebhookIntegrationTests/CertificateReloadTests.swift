import Foundation
import TestPrograms
import TestSupport
import Testing

@Suite("The serving certificate", .timeLimit(.minutes(2)))
struct CertificateReloadTests {
    @Test("is replaced while requests run, without a failed one, and a bad pair does not replace it")
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

        // The key of a different certificate.
        let other = try await CertificateFolder.make(["localhost"])
        try copy(other.keyFile, to: "\(folder)/tls.key")
        try await eventually("the bad pair to be reported", log: { webhook.process.log }) {
            webhook.process.log.contains("the serving certificate could not be reloaded; the previous one stays in use")
        }
        #expect(try await serial(webhook) == before)

        // A new pair from the same CA.
        try await Command("\(TestFolders.repository)/certs/make.sh", ["-o", folder, "localhost", "127.0.0.1", "::1"])
            .runText()
        try await eventually("the new certificate to be served") { try await serial(webhook) != before }

        try webhook.folder.write("", to: "stop")
        let output = try await load.waitForExit(timeout: .seconds(30))
        let answers = output.text.split(separator: "\n")
        #expect(answers.count > 10)
        #expect(answers.allSatisfy { $0.hasPrefix("200") }, "\(output.errorText)")
    }

    @Test("is replaced when a folder's link is, as the kubelet does with a Secret")
    func linkSwap() async throws {
        let folder = try TemporaryDirectory()
        let first = try await CertificateFolder.make(["localhost"])
        try await Command("cp", ["-r", first.folder, folder.path("..first")]).runText()
        try await Command("ln", ["-s", "..first", folder.path("..data")]).runText()
        for name in ["tls.crt", "tls.key"] {
            try await Command("ln", ["-s", "..data/\(name)", folder.path(name)]).runText()
        }
        let webhook = try await WebhookUnderTest([
            "--tls-cert=\(folder.path("tls.crt"))", "--tls-key=\(folder.path("tls.key"))",
        ])
        let before = try await serial(webhook)
        let second = try await CertificateFolder.make(["localhost"])
        try await Command("cp", ["-r", second.folder, folder.path("..second")]).runText()
        try await Command("ln", ["-s", "..second", folder.path("..new")]).runText()
        try await Command("mv", ["-T", folder.path("..new"), folder.path("..data")]).runText()
        try await eventually("the new certificate to be served") { try await serial(webhook) != before }
    }

    /// The serial number of the certificate that is presented on a new connection.
    private func serial(_ webhook: WebhookUnderTest) async throws -> String {
        let connect = "openssl s_client -connect localhost:\(webhook.process.port) </dev/null 2>/dev/null"
        return try await Command("bash", ["-c", "\(connect) | openssl x509 -noout -serial"]).runText()
    }

    private func copy(_ source: String, to target: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(to: URL(fileURLWithPath: target), options: .atomic)
    }
}
