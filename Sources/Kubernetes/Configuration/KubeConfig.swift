internal import FoundationEssentials
internal import HTTPClient
internal import JSON
internal import NIOOpenSSL
internal import ServiceSupport

/// A kubeconfig file (client-go's `clientcmd`, `v1.Config`).
struct KubeConfig {
    private let path: String
    private let root: KubeConfigObject

    /// Loads a context. The address of the server is read only once; certificates and credentials are read again.
    ///
    /// - Parameter context: The name of the context to use instead of the current one.
    static func load(
        path: String,
        server: String?,
        context: String? = nil
    ) throws(KubernetesError) -> ClusterConfiguration {
        let first = try KubeConfig(path: path).context(context, server: server)
        return ClusterConfiguration(
            server: first.server,
            tlsServerName: first.tlsServerName,
            access: try ClusterAccess { () throws(KubernetesError) in
                let file = try KubeConfig(path: path)
                return try file.access(try file.context(context, server: server))
            },
            namespace: first.namespace
        )
    }

    /// A context of the file, with the cluster and the user that it names.
    private struct Context {
        let server: ServerURL
        let tlsServerName: String?
        let namespace: String?
        let cluster: KubeConfigObject
        let user: KubeConfigObject?
    }

    private init(path: String) throws(KubernetesError) {
        let documents = try Manifests.parse(try FileReader.contents(of: path), file: path)
        guard let document = documents.first, documents.count == 1 else {
            let reason = documents.isEmpty ? "the kubeconfig is empty" : "a kubeconfig is a single document"
            throw .configuration(source: path, field: nil, reason: reason)
        }
        self.path = path
        root = KubeConfigObject(source: path, field: "", tree: document.tree)
    }

    private func context(_ context: String?, server: String?) throws(KubernetesError) -> Context {
        let current = try root.string("current-context")
        guard let name = context ?? current else {
            throw root.error("current-context", "is not set: choose one with `kubectl config use-context NAME`")
        }
        let reference = context == nil ? "current-context" : "the context that was asked for"
        let context = try root.named(name, in: "contexts", entry: "context", reference: reference)
        guard let clusterName = try context.string("cluster") else { throw context.error("cluster", "is missing") }
        let cluster = try root.named(clusterName, in: "clusters", entry: "cluster", reference: context.path("cluster"))
        let user = try context.string("user").map { name throws(KubernetesError) in
            try root.named(name, in: "users", entry: "user", reference: context.path("user"))
        }
        if try cluster.string("proxy-url") != nil {
            throw cluster.error("proxy-url", "proxies are not supported; remove it, or reach the server directly")
        }
        return Context(
            server: try self.server(of: cluster, override: server),
            tlsServerName: try cluster.string("tls-server-name"),
            namespace: try context.string("namespace"),
            cluster: cluster,
            user: user
        )
    }

    private func access(_ context: Context) throws(KubernetesError) -> ClusterAccess.Content {
        let tls = try tls(context.cluster, context.user)
        let isTLS = context.server.isTLS
        var content = ClusterAccess.Content(
            tls: isTLS ? try TLSContext(client: tls.configuration, source: path, fields: tls.fields) : nil,
            credentials: FixedCredentials.none,
            files: try [path] + context.cluster.files(["certificate-authority"])
        )
        guard let user = context.user else { return content }
        content.files += try user.files(["client-certificate", "client-key"])
        let info = ExecInfo.Cluster(
            server: "\(context.server)",
            tlsServerName: context.tlsServerName,
            skipsVerification: tls.configuration.verification == .none,
            authority: try context.cluster.data("certificate-authority")?.bytes,
            config: context.cluster.extension("client.authentication.k8s.io/exec")?.bytes
        )
        content.credentials = try KubeConfigUser(user, cluster: info).credentials(tls: isTLS ? tls.configuration : nil)
        return content
    }

    private func server(of cluster: KubeConfigObject, override: String?) throws(KubernetesError) -> ServerURL {
        if let override {
            return try ServerURL(parsing: override, source: "the address of the API server", field: nil)
        }
        guard let text = try cluster.string("server") else {
            throw cluster.error("server", "is missing: write the address of the API server, https://HOST:PORT")
        }
        return try ServerURL(parsing: text, source: path, field: cluster.path("server"))
    }

    private func tls(
        _ cluster: KubeConfigObject,
        _ user: KubeConfigObject?
    ) throws(KubernetesError) -> (configuration: TLSClientConfiguration, fields: TLSFields) {
        var configuration = TLSClientConfiguration()
        var fields = TLSFields()
        if let authority = try cluster.data("certificate-authority") {
            configuration.trustRoots = .pem(authority.bytes)
            fields.trustRoots = authority.field
        }
        if try cluster.bool("insecure-skip-tls-verify") {
            guard fields.trustRoots == nil else {
                throw cluster.error("insecure-skip-tls-verify", "cannot be used with a certificate-authority")
            }
            configuration.verification = .none
        }
        if let user {
            let certificate = try user.data("client-certificate")
            let key = try user.data("client-key")
            configuration.certificateChain = certificate?.bytes
            configuration.privateKey = key?.bytes
            fields.certificate = certificate?.field ?? user.path("client-certificate")
            fields.key = key?.field ?? user.path("client-key")
        }
        return (configuration, fields)
    }
}

/// An object in a kubeconfig, with its position for error messages.
struct KubeConfigObject {
    let source: String
    /// The path from the root; empty for the root itself.
    let field: String
    let tree: JSONTree

    func path(_ name: String) -> String { field.isEmpty ? name : "\(field).\(name)" }

    func error(_ name: String, _ reason: String) -> KubernetesError {
        .configuration(source: source, field: path(name), reason: reason)
    }

    func has(_ name: String) -> Bool { tree[name].map { !$0.isNull } ?? false }

    /// The text of a field; nil if it is missing, null or empty.
    func string(_ name: String) throws(KubernetesError) -> String? {
        guard has(name), let value = tree[name] else { return nil }
        guard let text = value.string else { throw error(name, "must be a string (put it in quotation marks)") }
        return text.isEmpty ? nil : text
    }

    func bool(_ name: String) throws(KubernetesError) -> Bool {
        guard has(name) else { return false }
        if tree[name] == .literal("true") { return true }
        guard tree[name] == .literal("false") else { throw error(name, "must be true or false") }
        return false
    }

    /// The content of the file that a field names, or of the base64 text in the field with the suffix `-data`.
    func data(_ name: String) throws(KubernetesError) -> (bytes: [UInt8], field: String)? {
        let path = try string(name)
        guard let text = try string(name + "-data") else {
            guard let path else { return nil }
            do {
                return (try FileReader.read(absolute(path), limit: ClusterConfiguration.largestFile), self.path(name))
            } catch {
                throw self.error(name, "\(absolute(path)) \(error.reason)")
            }
        }
        guard path == nil else { throw error(name + "-data", "cannot be used with \(name): remove one of them") }
        guard let data = Data(base64Encoded: text.filter { !$0.isNewline }) else {
            throw error(name + "-data", "is not base64")
        }
        return (Array(data), self.path(name + "-data"))
    }

    /// The files that these fields name, as far as the fields are set.
    func files(_ names: [String]) throws(KubernetesError) -> [String] {
        var files: [String] = []
        for name in names { if let path = try string(name) { files.append(absolute(path)) } }
        return files
    }

    /// The entry of a name in one of the lists of the file. `reference` is the field that refers to it.
    func named(_ name: String, in list: String, entry: String, reference: String) throws(KubernetesError)
        -> KubeConfigObject
    {
        guard let elements = tree[list]?.elements else {
            throw error(list, has(list) ? "must be a list" : "is missing, though \(reference) names '\(name)'")
        }
        for (index, element) in elements.enumerated() where element["name"]?.string == name {
            let path = self.path("\(list)[\(index)].\(entry)")
            guard let inner = element[entry], inner.members != nil else {
                throw .configuration(source: source, field: path, reason: "is missing")
            }
            return KubeConfigObject(source: source, field: path, tree: inner)
        }
        let names = elements.compactMap { $0["name"]?.string }.sorted().joined(separator: ", ")
        throw .configuration(
            source: source,
            field: reference,
            reason: "there is no '\(name)' in \(list), which has: \(names.isEmpty ? "nothing" : names)"
        )
    }

    /// One of the object's `extensions`.
    func `extension`(_ name: String) -> JSONTree? {
        tree["extensions"]?.elements?.first { $0["name"]?.string == name }?["extension"]
    }

    /// Resolves relative paths against the folder of the kubeconfig.
    func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = source.lastIndex(of: "/") else { return path }
        return source[...slash] + path
    }
}
