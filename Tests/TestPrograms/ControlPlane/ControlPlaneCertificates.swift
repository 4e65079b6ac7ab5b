import Foundation
import TestNetwork
import TestSupport

/// The control plane's keys and certificates.
struct ControlPlaneCertificates {
    let authority: TestCertificates
    let apiServer: TestCertificates.Identity
    let controllerManager: TestCertificates.Identity
    let admin: TestCertificates.Identity
    /// The private key that signs ServiceAccount tokens.
    let serviceAccountKey: String
    /// The public keys that verify them.
    let serviceAccountPublicKey: String

    init() throws {
        authority = try TestCertificates(commonName: "control-plane-ca")
        apiServer = try Self.issueAPIServer(authority)
        controllerManager = try authority.issue(subject: "/CN=system:kube-controller-manager", usage: .client)
        admin = try authority.issue(subject: "/O=system:masters/CN=admin", usage: .client)
        serviceAccountKey = try authority.issue(subject: "/CN=service-accounts").keyPath
        serviceAccountPublicKey = authority.directory.path("service-accounts.pub")
        try Command("openssl", ["pkey", "-in", serviceAccountKey, "-pubout", "-out", serviceAccountPublicKey])
            .runBlocking()
    }

    /// Replaces the signing key with a new one; the file of public keys keeps the old one too.
    func rotateTokenKey() throws {
        let old = try String(contentsOfFile: serviceAccountPublicKey, encoding: .utf8)
        let new = try authority.issue(subject: "/CN=service-accounts-2")
        try Data(new.key).write(to: URL(fileURLWithPath: serviceAccountKey))
        let added = try Command("openssl", ["pkey", "-in", serviceAccountKey, "-pubout"]).runBlocking().text
        try Data((added + old).utf8).write(to: URL(fileURLWithPath: serviceAccountPublicKey))
    }

    private static func issueAPIServer(_ authority: TestCertificates) throws -> TestCertificates.Identity {
        try authority.issue(
            subject: "/CN=kube-apiserver",
            dnsNames: ["localhost", "kubernetes", "kubernetes.default.svc"],
            ipAddresses: ["127.0.0.1"]
        )
    }

    /// Replaces the API server's certificate with one from a new CA. The CA file has both, so client certificates from
    /// the old CA stay valid.
    func exchangeAuthority() throws {
        let new = try TestCertificates(commonName: "control-plane-ca-2")
        let identity = try Self.issueAPIServer(new)
        for (path, content) in [
            (authority.root.certificatePath, new.root.certificate + authority.root.certificate),
            (apiServer.certificatePath, identity.certificate), (apiServer.keyPath, identity.key),
        ] {
            try Data(content).write(to: URL(fileURLWithPath: path))
        }
    }
}
