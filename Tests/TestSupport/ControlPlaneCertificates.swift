/// The control plane's keys and certificates.
struct ControlPlaneCertificates {
    let authority: TestCertificates
    let apiServer: TestCertificates.Identity
    let controllerManager: TestCertificates.Identity
    let admin: TestCertificates.Identity
    /// Signs the tokens of ServiceAccounts.
    let serviceAccountKey: String
    /// Verifies them.
    let serviceAccountPublicKey: String

    init() throws {
        authority = try TestCertificates(commonName: "control-plane-ca")
        apiServer = try authority.issue(
            subject: "/CN=kube-apiserver",
            dnsNames: ["localhost", "kubernetes", "kubernetes.default.svc"],
            ipAddresses: ["127.0.0.1"]
        )
        controllerManager = try authority.issue(subject: "/CN=system:kube-controller-manager", usage: .client)
        admin = try authority.issue(subject: "/O=system:masters/CN=admin", usage: .client)
        serviceAccountKey = try authority.issue(subject: "/CN=service-accounts").keyPath
        serviceAccountPublicKey = authority.directory.path("service-accounts.pub")
        try Command("openssl", ["pkey", "-in", serviceAccountKey, "-pubout", "-out", serviceAccountPublicKey])
            .runBlocking()
    }
}
