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
            They are the documents that kube-apiserver serves with --service-account-issuer=URL, and depend on nothing \
            but the keys and the URL. To rotate keys, give the old and the new one, and publish both before the new one \
            signs tokens.

            Examples:
              pod-identity-webhook issuer documents --url https://oidc.example.com \\
                --from-cluster -o site
              pod-identity-webhook issuer documents --url https://oidc.example.com \\
                --public-key old.pub --public-key new.pub -o site

            Exit status:
              0   success
              1   keys cannot be read, or a document cannot be written
              64  usage error
            """
    )

    @Option(help: .url("The issuer, as in kube-apiserver's --service-account-issuer; a trailing slash is significant."))
    var url: String

    @Option(help: .boolean("Take the keys from the cluster's API server."))
    var fromCluster = false

    @Option(
        help: .path("A file of public keys or certificates, PEM, as in --service-account-key-file; can be repeated.")
    )
    var publicKey: [String] = []

    @Option(name: [.customShort("o"), .long], help: .path("The directory to write to; publish its contents at --url."))
    var output: String

    @OptionGroup
    var server: APIServerOptions

    /// In bytes; a key has fewer than a thousand.
    private static let largestFile = 1024 * 1024

    func run() async throws {
        let issuer = try IssuerURL(parsing: url)
        let keys = fromCluster ? try await clusterKeys() : try fileKeys()
        let documents = try IssuerDocuments(issuer, keys: keys)
        for warning in Self.warnings(issuer, keys) { StandardError.write("warning: \(warning)\n") }
        // The document that refers to the keys is written after them.
        for (path, bytes) in [
            (IssuerURL.keysPath, documents.keys), (IssuerURL.configurationPath, documents.configuration),
        ] {
            try AtomicFile.write(bytes, to: output + path)
            try StandardOutput.write(Array("\(output)\(path) is for \(issuer.base)\(path)\n".utf8))
        }
    }

    func validate() throws {
        guard fromCluster == publicKey.isEmpty else {
            throw ValidationError("pass the keys with either --from-cluster or --public-key FILE")
        }
        guard !output.isEmpty else { throw ValidationError("--output must name a folder") }
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
        if issuer.isInternal { warnings.append("no cloud can reach \(issuer.server.host)") }
        if issuer.namesPort { warnings.append(TrustedIssuer.portWarning) }
        if issuer.text.utf8.count > IssuerURL.longestForAWS {
            warnings.append("AWS IAM does not accept an issuer with more than \(IssuerURL.longestForAWS) characters")
        }
        return warnings
    }

    private struct FileProblem: Error, CustomStringConvertible {
        let path: String
        let reason: String
        var description: String { "\(path): \(reason)" }
    }
}
