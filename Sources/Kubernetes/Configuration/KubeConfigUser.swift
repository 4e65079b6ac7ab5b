internal import HTTPClient
internal import JSON
internal import NIOOpenSSL

/// The user of a kubeconfig's context, whose fields become credentials.
struct KubeConfigUser {
    private let user: KubeConfigObject
    private let cluster: ExecInfo.Cluster

    /// - Parameter cluster: The cluster that a credential plugin may be told about.
    init(_ user: KubeConfigObject, cluster: ExecInfo.Cluster) {
        self.user = user
        self.cluster = cluster
    }

    /// The credentials of the user. A token file has precedence over a token, which is used until the file can be read.
    ///
    /// - Parameter tls: The configuration to add a plugin's certificate to; nil for plain HTTP.
    func credentials(tls: TLSClientConfiguration?) throws(KubernetesError) -> any Credentials {
        if user.has("auth-provider") { throw user.error("auth-provider", "is not supported") }
        if user.has("exec") { return PluginCredentials(try plugin(), tls: tls) }
        let token = try user.string("token")
        let tokenFile = try user.string("tokenFile")
        let name = try user.string("username")
        if name != nil, token != nil || tokenFile != nil {
            throw user.error("username", "cannot be used with a token: remove one of them")
        }
        if let name { return FixedCredentials.basic(user: name, password: try user.string("password") ?? "") }
        if let tokenFile {
            let credentials = TokenFile(path: user.absolute(tokenFile), initial: token)
            _ = try credentials.token()
            return credentials
        }
        guard let token else { return FixedCredentials.none }
        guard token.utf8.isPrintableASCII else { throw user.error("token", "is not a bearer token") }
        return FixedCredentials.bearer(token)
    }

    /// The kind of credentials of a user, for errors. They are searched for in the order of `credentials(tls:)`.
    static func credentialName(of user: KubeConfigObject) throws(KubernetesError) -> String {
        if user.has("exec") {
            let command = user.tree[path: ["exec", "command"]]?.string
            return "the credential plugin\(command.map { " '\($0)'" } ?? "")"
        }
        if try user.string("username") != nil { return "its password" }
        if let file = try user.string("tokenFile") { return "the token in \(user.absolute(file))" }
        if try user.string("token") != nil { return "its token" }
        let hasCertificate = user.has("client-certificate") || user.has("client-certificate-data")
        return hasCertificate ? "its client certificate" : "no credentials"
    }

    /// The user to impersonate.
    func impersonation() throws(KubernetesError) -> Impersonation {
        var impersonation = Impersonation(
            user: try user.string("as"),
            uid: try user.string("as-uid"),
            groups: try user.strings("as-groups")
        )
        guard user.has("as-user-extra"), let tree = user.tree["as-user-extra"] else { return impersonation }
        guard let members = tree.members else { throw user.error("as-user-extra", "must be an object of lists") }
        let extra = KubeConfigObject(source: user.source, field: user.path("as-user-extra"), tree: tree)
        for member in members {
            let key = member.key.value
            impersonation.extra.append(Impersonation.Extra(key: key, values: try extra.strings(key)))
        }
        return impersonation
    }

    // MARK: Credential plugins

    private static let pluginVersions = ["v1", "v1beta1"].map { "client.authentication.k8s.io/\($0)" }

    private func plugin() throws(KubernetesError) -> ExecPlugin {
        guard let tree = user.tree["exec"] else { throw user.error("exec", "is missing") }
        let exec = KubeConfigObject(source: user.source, field: user.path("exec"), tree: tree)
        guard let command = try exec.string("command") else { throw exec.error("command", "is missing") }
        guard let version = try exec.string("apiVersion") else { throw exec.error("apiVersion", "is missing") }
        guard Self.pluginVersions.contains(version) else {
            let known = Self.pluginVersions.joined(separator: " or ")
            throw exec.error("apiVersion", "'\(version)' is not supported: write a kubeconfig for \(known)")
        }
        return ExecPlugin(
            source: user.source,
            field: exec.field,
            command: command,
            folder: user.source.lastIndex(of: "/").map { String(user.source[...$0]) } ?? "./",
            arguments: try exec.strings("args"),
            variables: try exec.list("env", "must have a name and a value that are strings") { variable in
                variable["name"]?.string.map { ($0, variable["value"]?.string ?? "") }
            },
            apiVersion: version,
            installHint: try exec.string("installHint"),
            interactiveMode: try interactiveMode(of: exec, version),
            cluster: try exec.bool("provideClusterInfo") ? cluster : nil
        )
    }

    private func interactiveMode(
        of exec: KubeConfigObject,
        _ version: String
    ) throws(KubernetesError) -> ExecPlugin.InteractiveMode {
        guard let text = try exec.string("interactiveMode") else {
            guard version.hasSuffix("/v1") else { return .ifAvailable }
            throw exec.error("interactiveMode", "is missing: write Never, IfAvailable or Always")
        }
        guard let mode = ExecPlugin.InteractiveMode(rawValue: text) else {
            throw exec.error("interactiveMode", "must be Never, IfAvailable or Always, not '\(text)'")
        }
        return mode
    }
}
