import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// `--in-cluster=true`.
    @Suite struct ManagedCertificatesTests {
        private static let name = OwnInstallation.name
        private static let serves = "a new serving certificate is in use"

        @Test func `Two replicas that start at the same time share one CA, and the bundle verifies both`()
            async throws
        {
            try await OwnInstallation.with(replicas: 2) { installation in
                #expect(try await installation.isPodMutated())
                let authority = try await installation.secret("ca.crt")
                #expect(try await installation.bundle() == authority)
                #expect(authority.components(separatedBy: "BEGIN CERTIFICATE").count == 2)
                #expect(try await installation.secret("signing-ca.crt") == authority)
                #expect(try await installation.secret("signing-ca.key").contains("BEGIN PRIVATE KEY"))
                #expect(try await installation.secret("tls.key") == "")
                var certificates: Set<String> = []
                for replica in installation.replicas {
                    certificates.insert(try await certificate(of: replica))
                    #expect(!replica.log.contains("PRIVATE KEY"))
                }
                #expect(certificates.count == 2)
                for certificate in certificates { #expect(try await verifies(authority, certificate)) }
                try await metricsShow(installation)
            }
        }

        private func metricsShow(_ installation: OwnInstallation) async throws {
            var sums: [String: Double] = [:]
            for replica in installation.replicas {
                let url = "http://127.0.0.1:\(replica.metricsPort)/metrics"
                let metrics = try await ScrapedMetrics(parsing: Command("curl", ["--silent", "--fail", url]).runText())
                let prefix = "pod_identity_webhook_"
                let now = Date().timeIntervalSince1970
                let expiration = try #require(metrics.value("\(prefix)certificate_expiration_timestamp_seconds"))
                let authority = try #require(metrics.value("\(prefix)ca_certificate_expiration_timestamp_seconds"))
                #expect(expiration > now + 89 * 86_400 && expiration < now + 91 * 86_400)
                #expect(authority > now + 3649 * 86_400 && authority < now + 3651 * 86_400)
                for operation in ["create_secret", "update_bundle"] {
                    let labels = ["operation": operation, "result": "succeeded"]
                    sums[operation, default: 0] += metrics.value("\(prefix)certificate_operations_total", labels) ?? 0
                }
            }
            #expect(sums == ["create_secret": 1, "update_bundle": 1])
        }

        /// The certificate that the replica presents on a new connection.
        private func certificate(of replica: WebhookProcess) async throws -> String {
            let connect = "openssl s_client -connect 127.0.0.1:\(replica.port) </dev/null 2>/dev/null"
            return try await Command("bash", ["-c", "\(connect) | openssl x509"]).runText()
        }

        private func verifies(_ authorities: String, _ certificate: String) async throws -> Bool {
            let folder = try TemporaryDirectory()
            let verify = ["verify", "-CAfile", try folder.write(authorities, to: "ca.crt")]
            return try await Command("openssl", verify).run(input: Array(certificate.utf8)).status == 0
        }

        private func newest(_ authorities: String) async throws -> String {
            try await Command("openssl", ["x509"]).runText(input: authorities)
        }

        @Test func `No pod fails while the Secret is deleted and damaged in various ways`() async throws {
            try await OwnInstallation.with(replicas: 2, flags: ["--ca-settling-time=1s"]) { installation in
                let result = try await installation.whilePodsAreMade {
                    try await repaired(installation, after: "its deletion") {
                        try await installation.controlPlane.kubectl([
                            "delete", "secret", Self.name, "-n", OwnInstallation.systemNamespace,
                        ])
                    }
                    for (damage, patch) in [
                        ("no key for the newest CA", #"{"data": {"ca.key": null}}"#),
                        ("no keys", #"{"data": {"ca.key": null, "signing-ca.key": null}}"#),
                        ("invalid keys", #"{"stringData": {"ca.key": "hello", "signing-ca.key": "hello"}}"#),
                        ("invalid CAs", #"{"stringData": {"ca.crt": "hello"}}"#),
                        ("nothing left", #"{"data": null}"#),
                    ] {
                        try await repaired(installation, after: damage) { try await installation.patchSecret(patch) }
                    }
                    // The replicas know which CA signs, and restore it.
                    let authority = try await newest(installation.secret("ca.crt"))
                    for key in ["signing-ca.key", "signing-ca.crt"] {
                        try await installation.patchSecret(#"{"data": {"\#(key)": ""}}"#)
                        try await eventually("the \(key)", log: installation.logs) {
                            try await !installation.secret(key).isEmpty
                        }
                    }
                    #expect(try await newest(installation.secret("ca.crt")) == authority)
                }
                #expect(result.failures == [])
                #expect(result.made > 10)
                #expect(result.greeted > 10)
            }
        }

        /// Waits until the damage is repaired: a different CA signs the certificates of all replicas, and the bundle
        /// contains the CAs of the Secret.
        private func repaired(
            _ installation: OwnInstallation,
            after what: String,
            _ damage: () async throws -> Void
        ) async throws {
            let before = try await newest(installation.secret("ca.crt"))
            try await damage()
            try await eventually("the Secret after \(what)", log: installation.logs) {
                let authorities = try await installation.secret("ca.crt")
                guard authorities.contains("BEGIN"), try await installation.bundle() == authorities else {
                    return false
                }
                let signer = try await installation.secret("signing-ca.crt")
                guard signer != before, authorities.hasPrefix(signer), !signer.isEmpty else { return false }
                for replica in installation.replicas {
                    guard try await verifies(signer, certificate(of: replica)) else { return false }
                }
                return true
            }
        }

        @Test func `An overwritten bundle and a recreated registration are repaired`() async throws {
            try await OwnInstallation.with(replicas: 2) { installation in
                let bundle = try await installation.bundle()
                let path = "/webhooks/0/clientConfig/caBundle"
                let foreign = try await CertificateFolder.make(["localhost"]).caBundle()
                // Calls fail only between the damage and its repair.
                for patch in [
                    #"[{"op": "remove", "path": "\#(path)"}]"#,
                    #"[{"op": "replace", "path": "\#(path)", "value": "\#(foreign)"}]"#,
                ] {
                    try await installation.patchRegistration(patch)
                    try await mutatesAgain(installation, bundle)
                }
                try await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", Self.name])
                try await OwnInstallation.register(on: installation.controlPlane)
                try await mutatesAgain(installation, bundle)
                for replica in installation.replicas { #expect(try await replica.readiness().status == 200) }
            }
        }

        private func mutatesAgain(_ installation: OwnInstallation, _ bundle: String) async throws {
            try await eventually("the bundle", log: installation.logs) {
                guard try await installation.bundle() == bundle else { return false }
                return try await installation.isPodMutated()
            }
            let result = try await installation.whilePodsAreMade {}
            #expect(result.failures == [])
        }

        @Test func `Webhooks that call the Service get the bundle, and others keep theirs`()
            async throws
        {
            try await OwnInstallation.with { installation in
                let foreign = try await CertificateFolder.make(["localhost"]).caBundle()
                let registration = try await installation.controlPlane.get("mutatingwebhookconfiguration", Self.name)
                var own = registration["webhooks"][0]
                own["name"] = .string("second.amazonaws.com")
                own["clientConfig"]["caBundle"] = .null
                var other = own
                other["name"] = .string("other.example.com")
                other["failurePolicy"] = .string("Ignore")
                other["clientConfig"]["service"]["name"] = .string("other")
                other["clientConfig"]["caBundle"] = .string(foreign)
                try await installation.patchRegistration(
                    """
                    [{"op": "add", "path": "/webhooks/0", "value": \(other)},
                     {"op": "add", "path": "/webhooks/-", "value": \(own)}]
                    """
                )
                let bundle = try await installation.secret("ca.crt")
                try await eventually("both bundles", log: installation.logs) {
                    let first = try await installation.bundle(webhook: 1)
                    return try await installation.bundle(webhook: 2) == first && first == bundle
                }
                let kept = try await installation.bundle(webhook: 0)
                #expect(Data(kept.utf8).base64EncodedString() == foreign)
            }
        }

        @Test func `No pod fails while certificates expire and the CA is replaced`() async throws {
            let flags = ["--certificate-validity=15s", "--ca-validity=45s", "--ca-settling-time=1s"]
            try await OwnInstallation.with(replicas: 2, flags: flags) { installation in
                let first = try await installation.bundle()
                let result = try await installation.whilePodsAreMade {
                    try await eventually("both CAs in the bundle", log: installation.logs) {
                        let bundle = try await installation.bundle()
                        return bundle != first && bundle.contains(first)
                    }
                    try await eventually("the old CA to leave the bundle", log: installation.logs) {
                        try await !installation.bundle().contains(first)
                    }
                }
                #expect(result.failures == [])
                #expect(result.made > 10)
                #expect(result.greeted > 10)
                let log = installation.replicas.map(\.log).joined()
                #expect(log.components(separatedBy: Self.serves).count > 5)
            }
        }

        @Test(arguments: [
            ("secrets", "create"), ("secrets", "get"), ("mutatingwebhookconfigurations", "get"),
            ("mutatingwebhookconfigurations", "patch"),
        ])
        func `The webhook is not ready without one of its permissions, and says which one is missing`(
            resource: String,
            verb: String
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            let manifest = try InstallManifest.ofRepository().of(kinds: Deploy.account)
            var lacking = manifest
            lacking.revoke(verb, of: resource)
            let home = OwnInstallation.systemNamespace
            try await controlPlane.apply(lacking)
            try await OwnInstallation.register(on: controlPlane)
            let webhook = try await OwnInstallation.start(1, flags: [], on: controlPlane)[0]
            try await eventually("the reason in /readyz", log: webhook.logTail) {
                let readiness = try await webhook.readiness()
                return readiness.status == 503 && readiness.body.contains("[-]certificate failed")
                    && readiness.body.contains("cannot \(verb) resource \"\(resource)\"")
            }
            try await controlPlane.apply(manifest)
            try await webhook.waitUntilReady(within: .seconds(60))
            await webhook.stop()
            for object in ["mutatingwebhookconfiguration/\(Self.name)", "secret/\(Self.name)"] {
                try await controlPlane.kubectl(["delete", object, "-n", home])
            }
        }
    }
}
