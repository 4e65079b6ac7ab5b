import Foundation

/// The control plane's keys and certificates, made with the openssl command in a folder of their own.
struct ControlPlaneCertificates {
    let folder: String

    var authority: String { "\(folder)/ca.crt" }
    var authorityKey: String { "\(folder)/ca.key" }
    /// Signs the tokens of ServiceAccounts.
    var serviceAccountKey: String { "\(folder)/service-accounts.key" }

    /// Verifies them.
    var serviceAccountPublicKey: String { "\(folder)/service-accounts.pub" }

    func certificate(_ name: String) -> String { "\(folder)/\(name).crt" }
    func key(_ name: String) -> String { "\(folder)/\(name).key" }

    static func make(in folder: String) async throws -> ControlPlaneCertificates {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let certificates = ControlPlaneCertificates(folder: folder)
        try await certificates.makeKey(certificates.serviceAccountKey)
        try await Tool.check(
            "openssl",
            ["pkey", "-in", certificates.serviceAccountKey, "-pubout", "-out", certificates.serviceAccountPublicKey]
        )
        try await certificates.makeKey(certificates.authorityKey)
        try await Tool.check(
            "openssl",
            [
                "req", "-x509", "-new", "-key", certificates.authorityKey, "-out", certificates.authority,
                "-subj", "/CN=control-plane-ca", "-days", "2",
            ]
        )
        try await certificates.sign(
            "kube-apiserver",
            subject: "/CN=kube-apiserver",
            extensions: """
                extendedKeyUsage=serverAuth
                subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc
                """
        )
        for (name, subject) in [
            ("admin", "/O=system:masters/CN=admin"),
            ("kube-controller-manager", "/CN=system:kube-controller-manager"),
        ] {
            try await certificates.sign(name, subject: subject, extensions: "extendedKeyUsage=clientAuth")
        }
        return certificates
    }

    private func makeKey(_ path: String) async throws {
        try await Tool.check(
            "openssl",
            ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path]
        )
    }

    private func sign(_ name: String, subject: String, extensions: String) async throws {
        try await makeKey(key(name))
        let request = try await Tool.check("openssl", ["req", "-new", "-key", key(name), "-subj", subject])
        let extensionFile = "\(folder)/\(name).ext"
        try extensions.write(toFile: extensionFile, atomically: false, encoding: .utf8)
        try await Tool.check(
            "openssl",
            [
                "x509", "-req", "-days", "2", "-CA", authority, "-CAkey", authorityKey, "-CAcreateserial",
                "-extfile", extensionFile, "-out", certificate(name),
            ],
            input: request
        )
    }
}
