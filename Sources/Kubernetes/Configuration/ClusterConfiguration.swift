package import HTTPClient
package import NIOHTTP1
package import NIOOpenSSL
internal import ServiceSupport

/// The address of the API server, how to authenticate it, and our credentials.
package struct ClusterConfiguration: Sendable {
    /// The largest certificate, token or kubeconfig, in bytes; real ones are much smaller.
    static let largestFile = 16 * 1024 * 1024

    package var server: ServerURL
    /// The name or address that the server's certificate must be issued for.
    package var tlsServerName: String
    /// The proxy on the way to the server; nil for none.
    package let proxy: ProxyURL?
    package let access: ClusterAccess
    /// The namespace of the pod, or of the kubeconfig's context.
    package var namespace: String?
    /// The user that makes requests and its credentials, for errors; nil if there are none.
    let requester: String?

    init(
        server: ServerURL,
        tlsServerName: String? = nil,
        proxy: ProxyURL? = nil,
        access: ClusterAccess,
        namespace: String? = nil,
        requester: String? = nil
    ) {
        self.server = server
        self.tlsServerName = tlsServerName ?? server.host
        self.proxy = proxy
        self.access = access
        self.namespace = namespace
        self.requester = requester
    }

    /// The TLS context to use now; nil for plain HTTP.
    package var tls: TLSContext? { access.current.tls }

    /// The credentials to use now.
    package var credentials: any Credentials { access.current.credentials }

    /// Chooses as client-go does: the kubeconfig if there is one, with `server` instead of its address; otherwise
    /// `server`, without credentials; otherwise the configuration in a pod's environment. The proxy is the
    /// kubeconfig's, or otherwise that of the environment.
    ///
    /// - Parameters:
    ///   - context: The name of the kubeconfig's context to use instead of the current one.
    ///   - impersonation: Overrides the impersonation in the kubeconfig.
    /// - Throws: `KubernetesError.configuration`, `.manifest` for a kubeconfig that is not YAML, or `.notInCluster` if there is
    ///   neither a kubeconfig nor a server.
    package static func load(
        kubeConfig: KubeConfigFiles?,
        context: String? = nil,
        server: String?,
        impersonation: Impersonation = Impersonation(),
        environment: [String: String],
        rootFolder: String = "/"
    ) throws(KubernetesError) -> ClusterConfiguration {
        let configuration = try kubeConfig.flatMap { files throws(KubernetesError) in
            try KubeConfig.load(
                files,
                server: server,
                context: context,
                impersonation: impersonation,
                environment: ProxyEnvironment(environment),
                isPod: environment["KUBERNETES_SERVICE_HOST"].map { !$0.isEmpty } ?? false
            )
        }
        if let configuration { return configuration }
        let headers = try impersonation.headers()
        guard let server else {
            return try inCluster(environment: environment, impersonation: headers, rootFolder: rootFolder)
        }
        let source = "the address of the API server"
        let url = try ServerURL(parsing: server, source: source, field: nil)
        let tls = url.isTLS ? try TLSContext(client: .init(), source: source, fields: TLSFields()) : nil
        return ClusterConfiguration(
            server: url,
            proxy: try ProxyEnvironment(environment).checkedProxy(for: url),
            access: ClusterAccess(tls: tls, credentials: FixedCredentials.none, impersonation: headers)
        )
    }

    /// The configuration that the kubelet provides to every pod.
    ///
    /// - Parameters:
    ///   - impersonation: The headers of each request.
    ///   - rootFolder: The folder that contains `var/run/secrets/kubernetes.io/serviceaccount`.
    /// - Throws: `KubernetesError.notInCluster` outside of pods, or `.configuration`.
    package static func inCluster(
        environment: [String: String],
        impersonation: HTTPHeaders = [:],
        rootFolder: String = "/"
    ) throws(KubernetesError) -> ClusterConfiguration {
        func variable(_ name: String) throws(KubernetesError) -> String {
            guard let value = environment[name], !value.isEmpty else { throw .notInCluster(variable: name) }
            return value
        }
        let host = try variable("KUBERNETES_SERVICE_HOST")
        let portText = try variable("KUBERNETES_SERVICE_PORT")
        guard let port = ServerURL.port(portText) else {
            throw .configuration(
                source: "environment",
                field: "KUBERNETES_SERVICE_PORT",
                reason: "'\(portText)' is not a port (1 to 65535)"
            )
        }
        let folder =
            (rootFolder.hasSuffix("/") ? rootFolder : rootFolder + "/")
            + "var/run/secrets/kubernetes.io/serviceaccount/"
        let token = TokenFile(path: folder + "token")
        _ = try token.token()
        let authority = folder + "ca.crt"
        let access = try ClusterAccess { () throws(KubernetesError) in
            var tls = TLSClientConfiguration()
            tls.trustRoots = .pem(try FileReader.contents(of: authority))
            let context = try TLSContext(client: tls, source: authority, fields: TLSFields())
            return ClusterAccess.Content(
                tls: context,
                credentials: token,
                impersonation: impersonation,
                files: [authority]
            )
        }
        let namespace = try? FileReader.read(folder + "namespace", limit: ClusterConfiguration.largestFile)
        let name = namespace.map { String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } } ?? ""
        let server = ServerURL(isTLS: true, host: host.trimmingBrackets, port: port)
        return ClusterConfiguration(
            server: server,
            proxy: try ProxyEnvironment(environment).checkedProxy(for: server),
            access: access,
            namespace: name.isEmpty ? nil : name,
            requester: "the ServiceAccount token in \(folder)token"
        )
    }
}

extension FileReader {
    /// - Parameter name: The name of the contents in errors.
    static func contents(of path: String, as name: String? = nil) throws(KubernetesError) -> [UInt8] {
        do {
            return try read(path, limit: ClusterConfiguration.largestFile)
        } catch {
            throw .configuration(source: path, field: nil, reason: (name.map { "\($0) " } ?? "") + error.reason)
        }
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}

extension ServerURL {
    init(parsing text: String, source: String, field: String?) throws(KubernetesError) {
        do {
            try self.init(parsing: text)
        } catch {
            // Text before an at sign may include a password.
            let shown = text.contains("@") ? "" : "'\(text)' "
            throw .configuration(source: source, field: field, reason: shown + error.reason)
        }
    }
}

extension ProxyEnvironment {
    func checkedProxy(for server: ServerURL) throws(KubernetesError) -> ProxyURL? {
        do {
            return try proxy(for: server)
        } catch {
            throw .configuration(source: "environment", field: error.variable, reason: error.reason)
        }
    }
}
