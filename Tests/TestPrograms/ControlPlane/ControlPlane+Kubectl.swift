import Foundation
package import TestSupport

extension ControlPlane {
    /// The path of kubectl, for uses without a control plane.
    package static func kubectlPath() throws -> String { try ControlPlaneAssets.find().kubectl }

    /// Runs kubectl as an administrator, or with another kubeconfig.
    /// - Returns: Its standard output. Any exit status except 0 is thrown, with its standard error.
    @discardableResult
    package func kubectl(_ arguments: [String], input: String = "", kubeconfig: String? = nil) async throws -> String {
        let connection = ["--kubeconfig", kubeconfig ?? adminKubeconfig, "--request-timeout", "60s"]
        return try await Command(assets.kubectl, connection + arguments).runText(input: input)
    }

    /// As above, and returns standard error as well, where kubectl prints warnings.
    package func kubectlWithWarnings(
        _ arguments: [String],
        input: String = ""
    ) async throws -> (text: String, warnings: [String]) {
        let connection = ["--kubeconfig", adminKubeconfig, "--request-timeout", "60s"]
        let output = try await Command(assets.kubectl, connection + arguments).run(input: Array(input.utf8))
        guard output.status == 0 else {
            throw CommandError.failed("kubectl", status: output.status, errorText: output.errorText)
        }
        let lines = output.errorText.split(separator: "\n").map(String.init)
        return (output.text, lines.filter { $0.hasPrefix("Warning: ") }.map { String($0.dropFirst(9)) })
    }

    /// `kubectl apply` of YAML or JSON. Pods get a restricted security context.
    package func apply(_ manifest: String, namespace: String = "default") async throws {
        try await kubectl(["apply", "-n", namespace, "-f", "-"], input: InstallManifest.restricted(manifest))
    }

    /// Runs `kubectl create` for one object. With `dryRun`, all of admission runs, but nothing is stored. A pod gets a
    /// restricted security context.
    /// - Returns: The object as the API server returned it.
    @discardableResult
    package func create(_ manifest: String, namespace: String, dryRun: Bool = false) async throws -> APIObject {
        let mode = dryRun ? ["--dry-run=server"] : []
        return try APIObject(
            json: await kubectl(
                ["create", "-n", namespace, "-o", "json", "-f", "-"] + mode,
                input: InstallManifest.restricted(manifest)
            )
        )
    }

    /// `kubectl get`, for example `get("pod", "name", namespace: "ns")`.
    package func get(_ arguments: String..., namespace: String = "default") async throws -> APIObject {
        try APIObject(json: await kubectl(["get", "-n", namespace, "-o", "json"] + arguments))
    }

    /// Writes a CA into a registration as users do: with certs/register.sh.
    package func register(_ certificate: CertificateFolder, in configuration: String) async throws {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        try await Command(
            "\(TestFolders.repository)/certs/register.sh",
            [configuration, certificate.authorityFile],
            environment: ["KUBECONFIG": adminKubeconfig, "PATH": "\(assets.folder):\(path)"]
        ).runText()
    }

    /// POSTs an object for which kubectl has no verb, such as a TokenRequest.
    package func post(_ object: String, to path: String) async throws -> APIObject {
        try APIObject(json: await kubectl(["create", "--raw", path, "-f", "-"], input: object))
    }

    /// Creates a namespace with the label `test: <its name>` for a registration's namespaceSelector, and waits until
    /// its default ServiceAccount exists.
    package func makeNamespace(_ prefix: String) async throws -> String {
        let name = "\(prefix)-\(nextNumber())"
        try await apply(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: \(name)
              labels:
                test: \(name)
            """
        )
        try await eventually("the default ServiceAccount of namespace \(name)", log: logTails) {
            try await get("serviceaccount", "default", namespace: name) != .null
        }
        return name
    }

    /// A token of a ServiceAccount from the TokenRequest API.
    /// - Parameters:
    ///   - audiences: Empty for the API server's own.
    ///   - expiration: The lifetime in seconds.
    package func token(
        serviceAccount: String,
        namespace: String,
        audiences: [String] = [],
        expiration: Int = 3600
    ) async throws -> String {
        let list = audiences.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await post(
            """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": [\(list)], \
            "expirationSeconds": \(expiration)}}
            """,
            to: "/api/v1/namespaces/\(namespace)/serviceaccounts/\(serviceAccount)/token"
        )
        guard let token = answer["status"]["token"].string else {
            throw ControlPlaneError.unexpected("the TokenRequest for \(namespace)/\(serviceAccount) gave no token")
        }
        return token
    }

    /// Creates a kubeconfig for a ServiceAccount, so that its RBAC rules apply.
    /// - Parameter tokenExpiration: The lifetime of its token in seconds.
    /// - Returns: The file's path.
    package func kubeconfig(
        serviceAccount: String,
        namespace: String,
        tokenExpiration: Int = 3600
    ) async throws -> String {
        let path = "\(folder)/\(namespace).\(serviceAccount).\(nextNumber()).kubeconfig"
        try Kubeconfig.write(
            to: path,
            server: server,
            authorityFile: authorityFile,
            credential: .token(
                try await token(serviceAccount: serviceAccount, namespace: namespace, expiration: tokenExpiration)
            ),
            inline: true
        )
        return path
    }
}
