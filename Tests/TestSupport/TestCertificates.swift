import Foundation

/// A certificate authority made with the `openssl` command, and what it issues. Everything lies in a folder that goes
/// with the last reference to it.
package final class TestCertificates: Sendable {
    package enum KeyType: Sendable {
        case ecdsaP256
        case rsa2048
    }

    package enum Usage: String, Sendable {
        case server = "serverAuth"
        case client = "clientAuth"
    }

    /// A certificate with its private key, as files and as PEM.
    package struct Identity: Sendable {
        package let certificatePath: String
        package let keyPath: String
        /// The leaf alone, or the leaf and the intermediates up to the root, which is left out.
        package let certificate: [UInt8]
        /// PKCS#8.
        package let key: [UInt8]
    }

    package let directory: TemporaryDirectory
    /// The certificate that the chains of what is issued here end in.
    package let root: Identity
    /// The certificate that signs: the root, or an intermediate.
    private let issuer: Identity
    private let isIntermediate: Bool

    /// A new root.
    package init(commonName: String = "Test CA", keyType: KeyType = .ecdsaP256) throws {
        directory = try TemporaryDirectory()
        let files = Files(directory, "ca")
        try files.writeExtensions("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
        try files.request(subject: "/CN=\(commonName)", keyType)
        try files.sign(["-signkey", files.key, "-days", "30"])
        root = try files.identity()
        issuer = root
        isIntermediate = false
    }

    private init(_ directory: TemporaryDirectory, root: Identity, intermediate: Identity) {
        self.directory = directory
        self.root = root
        self.issuer = intermediate
        isIntermediate = true
    }

    /// An authority below this one: what it issues comes with its certificate in the chain.
    package func makeIntermediate(commonName: String = "Test Intermediate CA") throws -> TestCertificates {
        let files = Files(directory, UUID().uuidString)
        try files.writeExtensions("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
        try files.request(subject: "/CN=\(commonName)", .ecdsaP256)
        try files.sign(["-CA", issuer.certificatePath, "-CAkey", issuer.keyPath, "-days", "30"])
        let intermediate = try files.identity(issuers: isIntermediate ? issuer.certificate : [])
        return TestCertificates(directory, root: root, intermediate: intermediate)
    }

    /// Issues a leaf.
    /// - Parameters:
    ///   - subject: in OpenSSL's form, `/O=system:masters/CN=admin`.
    ///   - days: how long it is valid from now on; -1 makes one that has expired.
    package func issue(
        subject: String = "/CN=test",
        dnsNames: [String] = [],
        ipAddresses: [String] = [],
        usage: Usage = .server,
        keyType: KeyType = .ecdsaP256,
        days: Int = 30
    ) throws -> Identity {
        let files = Files(directory, UUID().uuidString)
        let names = dnsNames.map { "DNS:\($0)" } + ipAddresses.map { "IP:\($0)" }
        try files.writeExtensions(
            """
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=\(usage.rawValue)
            \(names.isEmpty ? "" : "subjectAltName=\(names.joined(separator: ","))")

            """
        )
        try files.request(subject: subject, keyType)
        try files.sign(["-CA", issuer.certificatePath, "-CAkey", issuer.keyPath, "-days", "\(days)"])
        return try files.identity(issuers: isIntermediate ? issuer.certificate : [])
    }
}

/// The files that belong to one certificate.
private struct Files {
    let key: String
    private let request: String
    private let extensions: String
    private let certificate: String

    init(_ directory: TemporaryDirectory, _ name: String) {
        key = directory.path("\(name).key")
        request = directory.path("\(name).csr")
        extensions = directory.path("\(name).ext")
        certificate = directory.path("\(name).crt")
    }

    func writeExtensions(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: extensions))
    }

    func request(subject: String, _ keyType: TestCertificates.KeyType) throws {
        let algorithm =
            switch keyType {
            case .ecdsaP256: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .rsa2048: ["rsa:2048"]
            }
        let options = ["-utf8", "-nodes", "-keyout", key, "-out", request, "-subj", subject]
        try Command("openssl", ["req", "-new", "-newkey"] + algorithm + options).runBlocking()
    }

    func sign(_ signer: [String]) throws {
        let serial = String(UInt64.random(in: 1...UInt64.max), radix: 16)
        let options = ["-in", request, "-out", certificate, "-extfile", extensions, "-set_serial", "0x\(serial)"]
        try Command("openssl", ["x509", "-req", "-sha256"] + options + signer).runBlocking()
    }

    func identity(issuers: [UInt8] = []) throws -> TestCertificates.Identity {
        let leaf = try [UInt8](Data(contentsOf: URL(fileURLWithPath: certificate)))
        if !issuers.isEmpty {
            try Data(leaf + issuers).write(to: URL(fileURLWithPath: certificate))
        }
        return TestCertificates.Identity(
            certificatePath: certificate,
            keyPath: key,
            certificate: leaf + issuers,
            key: try [UInt8](Data(contentsOf: URL(fileURLWithPath: key)))
        )
    }
}
