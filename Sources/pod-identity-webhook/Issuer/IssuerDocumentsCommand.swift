internal import AWSTrust
internal import ArgumentParser
internal import Diagnosis
internal import HTTPClient
internal import Kubernetes
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import OIDCIssuer
internal import ServiceSupport

struct IssuerDocumentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documents",
        abstract: "Write the two documents of an issuer: its discovery document and its keys.",
        discussion: """
            They are those that kube-apiserver serves with --service-account-issuer=URL, and the same for the same keys \
            each time. For a rotation, give the old and the new key, and publish both before the new one signs.
            """
    )

    @Option(help: "The issuer, as in kube-apiserver's --service-account-issuer; a slash at the end counts.")
    var url: String

    @Option(help: "Whether the keys are those that the cluster's API server has.")
    var fromCluster = false

    @Option(help: "A file of public keys or certificates in PEM, as in --service-account-key-file; can be repeated.")
    var publicKey: [String] = []

    @Option(name: [.customShort("o"), .long], help: "The folder to write to; it stands for the URL.")
    var output: String

    @OptionGroup(title: "Cluster")
    var server: APIServerOptions

    /// In bytes; a key has less than a thousand.
    private static let largestFile = 1024 * 1024

    func run() async throws {
        let issuer = try IssuerURL(parsing: url)
        let keys = fromCluster ? try await clusterKeys() : try fileKeys()
        let documents = try IssuerDocuments(issuer, keys: keys)
        for warning in Self.warnings(issuer, keys) { StandardError.write("warning: \(warning)\n") }
        // The document that leads to the keys comes after them.
        for (path, bytes) in [
            (IssuerURL.keysPath, documents.keys), (IssuerURL.configurationPath, documents.configuration),
        ] {
            try AtomicFile.write(bytes, to: output + path)
            try StandardOutput.write(Array("\(output)\(path) is for \(issuer.base)\(path)\n".utf8))
        }
    }

    func validate() throws {
        guard fromCluster == publicKey.isEmpty else {
            throw ValidationError("give the keys, either with --from-cluster or with --public-key FILE")
        }
        guard !output.isEmpty else { throw ValidationError("--output is a folder") }
    }

    private func fileKeys() throws -> [JSONWebKey] {
        try publicKey.flatMap { path in
            do {
                return try PublicKey.parse(try FileReader.read(path, limit: Self.largestFile)).map {
                    try JSONWebKey($0)
                }
            } catch let error as FileError {
                throw error
            } catch {
                throw FileProblem(path: path, reason: "\(error)")
            }
        }
    }

    private func clusterKeys() async throws -> [JSONWebKey] {
        let client = APIServerOptions.client(try server.configuration(), on: NIOSingletons.posixEventLoopGroup)
        return try await client.send(APIRequest(path: IssuerURL.keysPath, accept: ClusterIssuer.accepted)).parse {
            try JSONWebKeySet($0).keys
        }
    }

    private static func warnings(_ issuer: IssuerURL, _ keys: [JSONWebKey]) -> [String] {
        var warnings = keys.compactMap(\.weakness)
        if issuer.isInternal { warnings.append("no cloud finds \(issuer.server.host)") }
        if issuer.namesPort { warnings.append(TrustedIssuer.portWarning) }
        if issuer.text.utf8.count > IssuerURL.longestForAWS {
            warnings.append("AWS IAM takes no issuer with more than \(IssuerURL.longestForAWS) characters")
        }
        return warnings
    }

    private struct FileProblem: Error, CustomStringConvertible {
        let path: String
        let reason: String
        var description: String { "\(path): \(reason)" }
    }
}
