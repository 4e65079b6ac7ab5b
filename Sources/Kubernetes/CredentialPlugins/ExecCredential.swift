internal import HTTPClient
internal import JSON
internal import KubernetesObjects

/// The output of a credential plugin (the `status` of a client.authentication.k8s.io `ExecCredential`).
struct ExecCredential: Equatable {
    var token: String?
    /// The client's certificate chain in PEM; present together with `key` or not at all.
    var certificate: [UInt8]?
    var key: [UInt8]?
    /// When the credential expires; nil if it never does.
    var expiration: Timestamp?

    struct Failure: Error {
        let reason: String
    }

    /// - Parameter apiVersion: The version that the plugin was asked for and must answer in.
    init(_ output: [UInt8], apiVersion: String) throws(Failure) {
        do {
            self = try JSONParser().parse(output) { try ExecCredential($0, apiVersion: apiVersion) }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(reason: "its output is not an ExecCredential: \(error)")
        }
    }

    private init(_ root: JSONValue, apiVersion: String) throws(Failure) {
        guard root["kind"]?.string == "ExecCredential" else {
            throw Failure(reason: "its output is not an ExecCredential")
        }
        let version = root["apiVersion"]?.string ?? "(none)"
        guard version == apiVersion else {
            throw Failure(reason: "it answered with \(version), but the kubeconfig asks for \(apiVersion)")
        }
        guard let status = root["status"], status.kind == .object else {
            throw Failure(reason: "it returned no status")
        }
        func text(_ field: StaticString) -> String? { status[field]?.string.flatMap { $0.isEmpty ? nil : $0 } }
        token = text("token")
        certificate = text("clientCertificateData").map { Array($0.utf8) }
        key = text("clientKeyData").map { Array($0.utf8) }
        guard token != nil || certificate != nil || key != nil else {
            throw Failure(reason: "it returned neither a token nor a certificate")
        }
        guard (certificate == nil) == (key == nil) else {
            throw Failure(reason: "it returned a certificate or a key without the other")
        }
        if let token, !token.utf8.isPrintableASCII { throw Failure(reason: "what it returned is not a bearer token") }
        if let end = text("expirationTimestamp") {
            guard let expiration = Timestamp(end) else {
                throw Failure(reason: "its expirationTimestamp '\(end.prefix(40))' is not a time of RFC 3339")
            }
            self.expiration = expiration
        }
    }
}

/// The input of a plugin in `KUBERNETES_EXEC_INFO` (the `spec` of a client.authentication.k8s.io `ExecCredential`).
struct ExecInfo {
    /// The cluster, which plugins with `provideClusterInfo` are told about.
    struct Cluster {
        var server: String
        var tlsServerName: String?
        var proxyURL: String?
        var skipsVerification = false
        /// The CA's certificates in PEM.
        var authority: [UInt8]?
        /// The cluster's extension `client.authentication.k8s.io/exec` as JSON.
        var config: [UInt8]?
    }

    var apiVersion: String
    var isInteractive: Bool
    var cluster: Cluster?

    var json: String {
        var writer = JSONWriter()
        writer.object { root in
            root.member("kind", "ExecCredential")
            root.member("apiVersion", apiVersion)
            root.key("spec")
            root.object { spec in
                if let cluster { Self.write(cluster, to: &spec) }
                spec.member("interactive", isInteractive)
            }
        }
        return writer.string
    }

    private static func write(_ cluster: Cluster, to spec: inout JSONWriter) {
        spec.key("cluster")
        spec.object { object in
            object.member("server", cluster.server)
            if let name = cluster.tlsServerName { object.member("tls-server-name", name) }
            if let url = cluster.proxyURL { object.member("proxy-url", url) }
            if cluster.skipsVerification { object.member("insecure-skip-tls-verify", true) }
            if let authority = cluster.authority {
                object.key("certificate-authority-data")
                object.base64(authority)
            }
            if let config = cluster.config {
                object.key("config")
                object.raw(config)
            }
        }
    }
}
