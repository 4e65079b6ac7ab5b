internal import HTTPClient
internal import JSON
internal import NIOOpenSSL

/// A kubeconfig (client-go's `clientcmd`, `v1.Config`). If there are several files, the first one with a value takes
/// precedence: for the current context, and for each entry as a whole, which is not merged with entries of the same
/// name in later files.
struct KubeConfig {
    private let files: KubeConfigFiles
    /// The files that exist, in order.
    private let roots: [KubeConfigObject]

    /// Loads a context. The addresses of the server and its proxy are read only once; certificates and credentials are read
    /// again.
    ///
    /// - Parameters:
    ///   - context: The name of the context to use instead of the current one.
    ///   - flags: Overrides the impersonation of the user.
    ///   - isPod: Whether there is another way to a cluster.
    /// - Returns: Nil if no file exists, and none has to.
    static func load(
        _ files: KubeConfigFiles,
        server: String?,
        context: String? = nil,
        impersonation flags: Impersonation,
        environment: ProxyEnvironment,
        isPod: Bool
    ) throws(KubernetesError) -> ClusterConfiguration? {
        guard let kubeConfig = try KubeConfig(files, isPod: isPod) else { return nil }
        let first = try kubeConfig.context(context, server: server)
        let proxy = if let own = first.proxy { own } else { try environment.checkedProxy(for: first.server) }
        return ClusterConfiguration(
            server: first.server,
            tlsServerName: first.tlsServerName,
            proxy: proxy,
            access: try ClusterAccess { () throws(KubernetesError) in
                guard let latest = try KubeConfig(files, isPod: isPod) else {
                    throw .configuration(source: "\(files)", field: nil, reason: "no longer exists")
                }
                return try latest.access(try latest.context(context, server: server), flags)
            },
            namespace: first.namespace,
            requester: try first.requester()
        )
    }

    /// A context, with the cluster and the user that it names.
    private struct Context {
        let server: ServerURL
        let tlsServerName: String?
        let proxy: ProxyURL?
        let namespace: String?
        let cluster: KubeConfigObject
        let user: KubeConfigObject?
        let userName: String?

        /// The user that makes requests; nil if the context has no user.
        func requester() throws(KubernetesError) -> String? {
            guard let user, let userName else { return nil }
            return "user '\(userName)' of \(user.source), with \(try KubeConfigUser.credentialName(of: user))"
        }
    }

    private init?(_ files: KubeConfigFiles, isPod: Bool) throws(KubernetesError) {
        guard let contents = try files.read(isPod: isPod) else { return nil }
        self.files = files
        var roots: [KubeConfigObject] = []
        for (path, bytes) in contents {
            let documents = try Manifests.parse(bytes, file: path, as: .kubeConfig)
            guard documents.count <= 1 else {
                throw .configuration(
                    source: path,
                    field: nil,
                    reason: "a kubeconfig is a single document, and this file has \(documents.count)"
                )
            }
            if let document = documents.first {
                roots.append(KubeConfigObject(source: path, field: "", tree: document.tree))
            }
        }
        guard !roots.isEmpty else {
            throw .configuration(source: "\(files)", field: nil, reason: "the kubeconfig is empty")
        }
        self.roots = roots
    }

    private func context(_ context: String?, server: String?) throws(KubernetesError) -> Context {
        var place = ConfigurationField(source: "\(files)", field: "current-context")
        var name = context
        for root in roots where name == nil {
            name = try root.string("current-context")
            place = root.place("current-context")
        }
        guard let name else { throw place.error("is not set: choose one with `kubectl config use-context NAME`") }
        let known = names(in: "contexts")
        guard context == nil || known.contains(name) else {
            let others = known.isEmpty ? "none" : known.joined(separator: ", ")
            throw .configurationFiles("\(files) has no context \"\(name)\"; it has: \(others)")
        }
        let context = try entry(name, in: "contexts", "context", for: place)
        guard let clusterName = try context.string("cluster") else { throw context.error("cluster", "is missing") }
        let cluster = try entry(clusterName, in: "clusters", "cluster", for: context.place("cluster"))
        let userName = try context.string("user")
        let user = try userName.map { name throws(KubernetesError) in
            try entry(name, in: "users", "user", for: context.place("user"))
        }
        return Context(
            server: try self.server(of: cluster, override: server),
            // The name belongs to the address in the same entry.
            tlsServerName: server == nil ? try cluster.string("tls-server-name") : nil,
            proxy: try proxy(of: cluster),
            namespace: try context.string("namespace"),
            cluster: cluster,
            user: user,
            userName: userName
        )
    }

    /// The entry with this name in one of the lists.
    ///
    /// - Parameter reference: The field that names it.
    private func entry(
        _ name: String,
        in list: String,
        _ entry: String,
        for reference: ConfigurationField
    ) throws(KubernetesError) -> KubeConfigObject {
        for root in roots {
            if let found = try root.named(name, in: list, entry: entry) { return found }
        }
        guard roots.contains(where: { $0.has(list) }) else {
            throw ConfigurationField(source: "\(files)", field: list)
                .error("is missing, but \(reference.field ?? "") names '\(name)'")
        }
        let names = names(in: list).joined(separator: ", ")
        throw reference.error("there is no '\(name)' in \(list), which has: \(names.isEmpty ? "nothing" : names)")
    }

    /// The names of the entries in one of the lists, sorted.
    private func names(in list: String) -> [String] { Set(roots.flatMap { $0.names(in: list) }).sorted() }

    private func access(
        _ context: Context,
        _ flags: Impersonation
    ) throws(KubernetesError) -> ClusterAccess.Content {
        let tls = try tls(context.cluster, context.user)
        let isTLS = context.server.isTLS
        var content = ClusterAccess.Content(
            tls: isTLS ? try TLSContext(client: tls.configuration, source: "\(files)", fields: tls.fields) : nil,
            credentials: FixedCredentials.none,
            files: try files.paths + context.cluster.files(["certificate-authority"])
        )
        let user = try context.user.map { user throws(KubernetesError) in
            content.files += try user.files(["client-certificate", "client-key"])
            let info = ExecInfo.Cluster(
                server: "\(context.server)",
                tlsServerName: context.tlsServerName,
                proxyURL: try context.cluster.string("proxy-url"),
                skipsVerification: tls.configuration.verification == .none,
                authority: try context.cluster.data("certificate-authority")?.bytes,
                config: context.cluster.extension("client.authentication.k8s.io/exec")?.bytes
            )
            return KubeConfigUser(user, cluster: info)
        }
        if let user { content.credentials = try user.credentials(tls: isTLS ? tls.configuration : nil) }
        content.impersonation = try (user?.impersonation() ?? Impersonation()).overridden(by: flags).headers()
        return content
    }

    private func server(of cluster: KubeConfigObject, override: String?) throws(KubernetesError) -> ServerURL {
        if let override {
            return try ServerURL(parsing: override, source: "the address of the API server", field: nil)
        }
        guard let text = try cluster.string("server") else {
            throw cluster.error("server", "is missing: write the address of the API server, https://HOST:PORT")
        }
        return try ServerURL(parsing: text, source: cluster.source, field: cluster.path("server"))
    }

    private func proxy(of cluster: KubeConfigObject) throws(KubernetesError) -> ProxyURL? {
        guard let text = try cluster.string("proxy-url") else { return nil }
        do {
            return try ProxyURL(parsing: text)
        } catch {
            throw cluster.error("proxy-url", error.reason)
        }
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
            fields.certificate = certificate?.field ?? user.place("client-certificate")
            fields.key = key?.field ?? user.place("client-key")
        }
        return (configuration, fields)
    }
}
