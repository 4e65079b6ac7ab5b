import TestPrograms
import TestSupport
import Testing

@Suite("Flags for managed certificates", .timeLimit(.minutes(1)))
struct CertificateOptionsTests {
    @Test(
        "are refused if they cannot work, with what to change",
        arguments: [
            (["--ca-settling-time=0"], "--ca-settling-time must be 1s or more"),
            (["--certificate-validity=5m"], "--certificate-validity must be 6 times --ca-settling-time or more"),
            (["--ca-validity=2161h"], "--ca-validity must be 3 times --certificate-validity or more"),
            (["--ca-validity=10y"], "--ca-validity"), (["--tls-secret="], "--tls-secret must not be empty"),
            (["--service-name="], "--service-name must not be empty"),
            (["--webhook-configuration="], "--webhook-configuration must not be empty"),
        ]
    )
    func refused(flags: [String], message: String) async throws {
        let output = try await Command(WebhookProcess.executable, flags).run(timeout: .seconds(30))
        #expect(output.status == 64)
        #expect(output.errorText.contains(message), "\(output.errorText)")
    }

    @Test("cause a warning about certificate files, which are not read")
    func filesBeside() async throws {
        let server = "--kube-api=http://127.0.0.1:\(try freePort())"
        let webhook = try WebhookProcess([server, "--tls-cert=/absent.crt"], certificate: nil)
        try await eventually("the reason in /readyz", log: webhook.logTail) {
            let readiness = try await webhook.readiness()
            return readiness.status == 503 && readiness.body.contains("[-]certificate failed")
                && readiness.body.contains("Connection refused")
        }
        #expect(webhook.log.contains("--tls-cert and --tls-key have no effect without --in-cluster=false"))
        #expect(await webhook.stop() == 0)
    }
}
