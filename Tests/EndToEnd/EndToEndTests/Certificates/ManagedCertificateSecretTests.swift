import Foundation
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Secrets that differ from what a replica would write.
    @Suite struct ManagedCertificateSecretTests {
        private static let name = OwnInstallation.name

        @Test func `An immutable Secret causes a warning, and no pod fails before or during its replacement`()
            async throws
        {
            try await OwnInstallation.with(replicas: 2, flags: ["--ca-settling-time=1s"]) { installation in
                let before = try await installation.bundle()
                let made = try await installation.whilePodsAreMade {
                    // The replicas would have to write again which CA signs.
                    try await installation.patchSecret(#"{"data": {"signing-ca.crt": ""}, "immutable": true}"#)
                    try await eventually("the warning", log: installation.logs) {
                        let text = "\(OwnInstallation.systemNamespace)/\(Self.name) is immutable"
                        return installation.replicas.allSatisfy { replica in
                            replica.log.split(separator: "\n").contains { $0.contains("warning") && $0.contains(text) }
                        }
                    }
                }
                #expect(made.failures == [])
                let path = "/webhooks/0/clientConfig/caBundle"
                try await installation.patchRegistration(#"[{"op": "remove", "path": "\#(path)"}]"#)
                try await eventually("the bundle", log: installation.logs) {
                    try await installation.bundle() == before
                }
                _ = try await installation.isPodMutated()
                let deleted = try await installation.whilePodsAreMade {
                    try await installation.controlPlane.kubectl([
                        "delete", "secret", Self.name, "-n", OwnInstallation.systemNamespace,
                    ])
                    try await eventually("another CA", log: installation.logs) {
                        let bundle = try await installation.bundle()
                        return bundle != before && bundle.contains(before)
                    }
                }
                #expect(deleted.failures == [])
            }
        }

        @Test func `The API server's errors distinguish conflicts with other replicas from invalid changes`()
            async throws
        {
            try await OwnInstallation.with { installation in
                func answer(_ kind: String, _ type: String, _ patch: String) async throws -> String {
                    let server = installation.controlPlane
                    let arguments = [
                        "patch", kind, Self.name, "-n", OwnInstallation.systemNamespace, "--type", type, "-p",
                    ]
                    do {
                        return try await server.kubectl(arguments + [patch])
                    } catch {
                        return "\(error)"
                    }
                }
                let old = #"{"metadata": {"resourceVersion": "1"}, "data": {"a": ""}}"#
                #expect(try await answer("secret", "merge", old).contains("(Conflict)"))
                let bundle =
                    #"{"metadata": {"resourceVersion": "1"}, "webhooks": [{"name": "a", "clientConfig": {"caBundle": ""}}]}"#
                #expect(
                    try await answer("mutatingwebhookconfiguration", "strategic", bundle).contains("(Conflict)")
                )
                let test = #"[{"op": "test", "path": "/metadata/resourceVersion", "value": "1"}]"#
                let refused = try await answer("secret", "json", test)
                #expect(!refused.contains("(Conflict)") && refused.contains("invalid"))
                try await installation.patchSecret(#"{"immutable": true}"#)
                #expect(try await answer("secret", "merge", #"{"data": {"a": ""}}"#).contains("invalid"))
            }
        }

        @Test
        func `A Secret of an earlier version is adopted without failing pods and shared with older replicas`()
            async throws
        {
            let old = try TestCertificates(commonName: "pod-identity-webhook CA old")
            let host = "\(Self.name).\(OwnInstallation.systemNamespace).svc"
            let leaf = try old.issue(subject: "/CN=pod-identity-webhook", dnsNames: [host])
            func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
            try await OwnInstallation.with(replicas: 2, flags: ["--ca-settling-time=1s"]) { controlPlane in
                let data = [
                    "tls.crt": leaf.certificate, "tls.key": leaf.key, "ca.crt": old.root.certificate,
                    "ca.key": old.root.key,
                ].map { #""\#($0)": "\#(base64($1))""# }.joined(separator: ", ")
                try await controlPlane.apply(
                    """
                    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "\(Self.name)"},
                     "type": "kubernetes.io/tls", "data": {\(data)}}
                    """,
                    namespace: OwnInstallation.systemNamespace
                )
                let path = "/webhooks/0/clientConfig/caBundle"
                try await controlPlane.kubectl([
                    "patch", "mutatingwebhookconfiguration", Self.name, "--type=json", "-p",
                    #"[{"op": "add", "path": "\#(path)", "value": "\#(base64(old.root.certificate))"}]"#,
                ])
            } _: { installation in
                let authority = String(decoding: old.root.certificate, as: UTF8.self)
                let result = try await installation.whilePodsAreMade {
                    // A replica of that version does this when its serving certificate is due for renewal.
                    let renewed = try old.issue(subject: "/CN=pod-identity-webhook", dnsNames: [host])
                    try await installation.patchSecret(
                        #"{"data": {"tls.crt": "\#(base64(renewed.certificate))", "tls.key": "\#(base64(renewed.key))"}}"#
                    )
                    for _ in 0..<5 { #expect(try await installation.isPodMutated()) }
                    let left = try await installation.secret("tls.crt")
                    #expect(left == String(decoding: renewed.certificate, as: UTF8.self))
                }
                #expect(result.failures == [])
                #expect(try await installation.secret("ca.crt") == authority)
                #expect(try await installation.secret("signing-ca.crt") == authority)
                #expect(try await installation.bundle() == authority)
            }
        }
    }
}
