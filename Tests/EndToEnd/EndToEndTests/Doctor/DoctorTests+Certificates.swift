import Foundation
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor finds every problem with the certificate`() async throws {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let authority = try TestCertificates()
            let own = try await installation.registeredWebhooks()[0]["clientConfig"]["caBundle"]
            try await trust(authority, installation, webhooks: [0, 1])
            let service = "\(Installation.systemNamespace).\(Installation.systemNamespace).svc"
            for (certificate, code, status) in [
                (try authority.pair(dnsNames: [service]), "certificate_verified", "ok"),
                (try authority.pair(dnsNames: [service], days: -1), "certificate_expired", "problem"),
                (try authority.issueOld(dnsName: service), "certificate_expires_soon", "warning"),
                (try authority.pair(dnsNames: ["another.svc"]), "certificate_rejected", "problem"),
            ] {
                let server = try await TLSServer.start(certificate)
                let run = try await doctor(installation, at: server.address, kubeconfig)
                #expect(run.finding(code, server.address)["status"].string == status, "\(run)")
                #expect(run.findings.count { $0["check"].string == "certificate" } == 1, "\(run)")
            }
            let plain = "127.0.0.1:\(installation.webhook.metricsPort)"
            let handshake = try await doctor(installation, at: plain, kubeconfig)
            #expect(handshake.finding("handshake_failed", plain)["status"].string == "problem", "\(handshake)")
            try await trustOne(installation, own, kubeconfig)
        }
    }

    /// The bundles of all webhooks in the registration are checked. A wrong bundle of a webhook that only warns does
    /// not cost pods their identity.
    private func trustOne(_ installation: Installation, _ own: APIObject, _ kubeconfig: String) async throws {
        let address = "127.0.0.1:\(installation.webhook.port)"
        try await installation.patchRegistration(Installation.replace("clientConfig/caBundle", "\(own)"))
        for (policy, status) in [("Fail", "problem"), ("Ignore", "warning")] {
            try await installation.patchRegistration(Installation.replace("failurePolicy", "\"\(policy)\"", webhook: 1))
            let run = try await doctor(installation, at: address, kubeconfig)
            let rejected = run.finding("certificate_rejected", address)
            #expect(rejected["status"].string == status, "\(run)")
            let name = "for serviceaccounts.pod-identity-webhook.amazonaws.com: "
            #expect(rejected["message"].string?.hasPrefix(name) ?? false, "\(run)")
            #expect(run.finding("certificate_verified", address) != .null, "\(run)")
        }
    }

    private func doctor(
        _ installation: Installation,
        at address: String,
        _ kubeconfig: String
    ) async throws -> DoctorRun {
        try await installation.doctorOfWebhook("--connect", address, kubeconfig: kubeconfig)
    }

    private func trust(_ authority: TestCertificates, _ installation: Installation, webhooks: [Int]) async throws {
        let bundle = "\"\(Data(authority.root.certificate).base64EncodedString())\""
        for webhook in webhooks {
            try await installation.patchRegistration(
                Installation.replace("clientConfig/caBundle", bundle, webhook: webhook)
            )
        }
    }
}

/// The paths of the files.
private struct KeyPair {
    let certificate: String
    let key: String
}

/// `openssl s_server` on 127.0.0.1, which runs until the last reference to it is released.
private struct TLSServer {
    let address: String
    private let process: RunningCommand

    static func start(_ pair: KeyPair) async throws -> TLSServer {
        let address = "127.0.0.1:\(try freePort())"
        let files = ["-cert", pair.certificate, "-key", pair.key]
        let process = try Command("openssl", ["s_server", "-accept", address] + files).start()
        try await process.waitForOutput(containing: "ACCEPT")
        return TLSServer(address: address, process: process)
    }
}

extension TestCertificates {
    fileprivate func pair(dnsNames: [String], days: Int = 30) throws -> KeyPair {
        let identity = try issue(dnsNames: dnsNames, days: days)
        return KeyPair(certificate: identity.certificatePath, key: identity.keyPath)
    }

    /// Issues a leaf certificate with a lifetime of 60 days, of which 5 are left.
    fileprivate func issueOld(dnsName: String) throws -> KeyPair {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "index")
        let configuration = try folder.write(
            """
            [ca]
            default_ca = old
            [old]
            database = \(folder.path("index"))
            new_certs_dir = \(folder.path)
            rand_serial = yes
            default_md = sha256
            policy = any
            x509_extensions = leaf
            [any]
            commonName = optional
            [leaf]
            basicConstraints = critical,CA:FALSE
            subjectAltName = DNS:\(dnsName)

            """,
            to: "configuration"
        )
        let now = Date()
        let times = [("-startdate", -55.0), ("-enddate", 5.0)].flatMap { option, days in
            [option, Self.time(now.addingTimeInterval(days * 86_400))]
        }
        let pair = KeyPair(certificate: directory.path("old.crt"), key: directory.path("old.key"))
        let request = folder.path("request")
        try Command(
            "openssl",
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + ["-keyout", pair.key, "-out", request, "-subj", "/CN=old"]
        ).runBlocking()
        try Command(
            "openssl",
            ["ca", "-batch", "-notext", "-config", configuration, "-cert", root.certificatePath]
                + ["-keyfile", root.keyPath, "-in", request, "-out", pair.certificate] + times
        ).runBlocking()
        return pair
    }

    /// The format of `openssl ca`: YYYYMMDDHHMMSSZ.
    private static func time(_ date: Date) -> String {
        date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted)).replacing("T", with: "")
    }
}
