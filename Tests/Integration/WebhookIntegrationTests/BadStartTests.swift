import Foundation
import TestPrograms
import TestSupport
import Testing

@Suite("A start that cannot succeed", .timeLimit(.minutes(2)))
struct BadStartTests {
    /// An invalid value of a flag, and the error that it must cause.
    struct Fault: Sendable, CustomStringConvertible {
        let description: String
        let prepare: @Sendable (TemporaryDirectory) async throws -> [String]
        let message: String
    }

    private static let faults = [
        Fault(
            description: "no certificate",
            prepare: { ["--tls-cert=\($0.path("absent.crt"))"] },
            message: "absent.crt: No such file"
        ),
        Fault(
            description: "a folder for a key",
            prepare: { ["--tls-key=\($0.path)"] },
            message: "Is a directory"
        ),
        Fault(
            description: "a certificate that is none",
            prepare: { ["--tls-cert=\(try $0.write("hello", to: "bad.crt"))"] },
            message: "it has no PEM block"
        ),
        Fault(
            description: "a key file without a key",
            prepare: { ["--tls-key=\(try $0.write("", to: "empty.key"))"] },
            message: "private key cannot be read"
        ),
        Fault(
            description: "a key of another certificate",
            prepare: { _ in
                ["--tls-key=\(try await CertificateFolder.make(["localhost"]).keyFile)"]
            },
            message: "does not belong to the certificate"
        ),
        Fault(
            description: "no file of ServiceAccounts",
            prepare: { ["--service-accounts=\($0.path("absent.yaml"))"] },
            message: "absent.yaml: No such file"
        ),
        Fault(
            description: "bad YAML",
            prepare: { ["--service-accounts=\(try $0.write("kind: ServiceAccount\nmetadata: [\n", to: "bad.yaml"))"] },
            message: "bad.yaml:2: malformed YAML"
        ),
        Fault(
            description: "a ServiceAccount without a name",
            prepare: { ["--service-accounts=\(try $0.write("kind: ServiceAccount\n", to: "nameless.yaml"))"] },
            message: "nameless.yaml:1: the ServiceAccount has no metadata.name"
        ),
        Fault(
            description: "no kubeconfig",
            prepare: { ["--kubeconfig=\($0.path("absent.conf"))"] },
            message: "absent.conf"
        ),
    ]

    @Test("ends with status 1 and the reason", arguments: faults)
    func fault(_ fault: Fault) async throws {
        let folder = try TemporaryDirectory()
        let output = try await run(try await fault.prepare(folder), folder)
        #expect(output.status == 1, "\(output.errorText)")
        #expect(output.errorText.contains(fault.message), "\(output.errorText)")
    }

    @Test(
        "names a port that is in use at once, whatever the shutdown delay",
        arguments: ["--port", "--metrics-port"]
    )
    func portInUse(_ flag: String) async throws {
        let other = try await WebhookUnderTest()
        let port = other.process.port
        let output = try await run(["\(flag)=\(port)", "--shutdown-delay=1h"], try TemporaryDirectory())
        #expect(output.status == 1)
        #expect(
            output.errorText.contains("cannot listen on port \(port): Address already in use"),
            "\(output.errorText)"
        )
    }

    @Test(
        "does not end for an unreachable API server: the webhook retries, and is not ready, with the reason"
    )
    func unreachable() async throws {
        let webhook = try await WebhookUnderTest(["--kube-api=http://127.0.0.1:\(try freePort())"], accounts: nil)
        try await eventually("the reason in /readyz", log: { webhook.process.log }) {
            let readiness = try await webhook.process.readiness()
            return readiness.status == 503 && readiness.body.contains("Connection refused")
        }
        #expect(try await webhook.get("/readyz").status == 503)
        #expect(try await webhook.get("/healthz").status == 200)
        #expect(webhook.process.isRunning)
    }

    @Test("does not end a webhook that is not ready when it gets SIGTERM, because clients may have been sent to it")
    func neverReady() async throws {
        let server = "--kube-api=http://127.0.0.1:\(try freePort())"
        let webhook = try await WebhookUnderTest([server, "--shutdown-delay=1h"], accounts: nil)
        webhook.process.signal(SIGTERM)
        try await eventually("the shutdown", log: { webhook.process.log }) { webhook.process.log.contains("stopping") }
        #expect(try await webhook.get("/healthz").status == 200)
        await webhook.process.stop(SIGKILL)
    }

    private func run(_ flags: [String], _ folder: TemporaryDirectory) async throws -> Command.Output {
        let certificate = try await CertificateFolder.make(["localhost"])
        var arguments = [
            "--tls-cert=\(certificate.certificateFile)", "--tls-key=\(certificate.keyFile)", "--port=0",
            "--metrics-port=0", "--shutdown-delay=0s",
        ]
        let hasSource = flags.contains { $0.hasPrefix("--service-accounts") || $0.hasPrefix("--kubeconfig") }
        if !hasSource {
            arguments.append("--service-accounts=\(try folder.write(WebhookUnderTest.account, to: "accounts.yaml"))")
        }
        return try await Command(WebhookProcess.executable, arguments + flags).run(timeout: .seconds(30))
    }
}
