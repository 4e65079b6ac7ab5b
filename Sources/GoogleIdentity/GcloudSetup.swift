internal import JSON
internal import PodIdentity

/// The init container of the `gcloud` mode, which writes the configuration and logs in.
struct GcloudSetup {
    static let name = "gcloud-setup"

    /// The user `cloudsdk` of Google's image, for pods whose containers must not run as root and that specify no user.
    private static let imageUser: Int64 = 1000

    /// The command of the container.
    ///
    /// If no character in the values has a special meaning to a shell, the kubelet inserts them into the script, which
    /// is then identical to that of the webhook that this one replaces. Other values are passed as quoted shell
    /// variables, so that nothing in an annotation is interpreted as a command, and the first command that fails ends
    /// the script.
    private static func command(_ account: GoogleAccount) -> [String] {
        let isPlain = isPlain(account.provider) && account.email.map(isPlain) ?? false
        func value(_ name: String, _ end: String = "") -> String {
            isPlain ? "$(\(name))\(end)" : "\"$\(name)\(end)\""
        }
        let email = account.email == nil ? "" : " \\\n  --service-account=\(value("GCP_SERVICE_ACCOUNT"))"
        let file = value("CLOUDSDK_CONFIG", "/\(CredentialConfiguration.fileName)")
        let script = """
            gcloud iam workload-identity-pools create-cred-config \\
              \(value("GCP_WORKLOAD_IDENTITY_PROVIDER"))\(email) \\
              --output-file=\(file) \\
              --credential-source-file=\(GooglePaths.tokenFolder)/\(GooglePaths.tokenFileName)
            gcloud auth login --cred-file=\(file)

            """
        return ["sh", isPlain ? "-c" : "-euc", script]
    }

    /// Whether the text contains only letters, digits and characters that are literal to a shell anywhere in a word.
    private static func isPlain(_ text: String) -> Bool {
        let signs = Set("/_.:@+-".utf8)
        return !text.isEmpty && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                let character = UnicodeScalar(byte)
                return ("a"..."z").contains(character) || ("A"..."Z").contains(character)
                    || ("0"..."9").contains(character) || signs.contains(byte)
            }
    }

    static func container(_ account: GoogleAccount, project: String, _ settings: GoogleSettings, _ pod: PodView)
        -> InjectedContainer
    {
        var variables = [("GCP_WORKLOAD_IDENTITY_PROVIDER", account.provider)]
        if let email = account.email { variables.append(("GCP_SERVICE_ACCOUNT", email)) }
        variables.append(("CLOUDSDK_CONFIG", GooglePaths.gcloudFolder))
        if !project.isEmpty { variables.append(("CLOUDSDK_CORE_PROJECT", project)) }
        var container = JSONTree.object([
            "name": .string(name),
            "image": .string(settings.gcloudImage),
            "command": .array(command(account).map { .string($0) }),
            "env": .array(variables.map { .variable($0.0, $0.1) }),
            "volumeMounts": .array([
                .object([
                    "name": .string(GooglePaths.tokenVolume), "mountPath": .string(GooglePaths.tokenFolder),
                    "readOnly": .literal("true"),
                ]),
                .object(["name": .string(GooglePaths.gcloudVolume), "mountPath": .string(GooglePaths.gcloudFolder)]),
            ]),
            "securityContext": securityContext(account, pod),
        ])
        if let resources = settings.setupResources { container["resources"] = resources }
        return InjectedContainer(name, in: .initContainers, .first, policy: .replace, container)
    }

    /// As strict as all of the pod's own containers, so that a pod that complies with a Pod Security Standard still
    /// does with this container.
    private static func securityContext(_ account: GoogleAccount, _ pod: PodView) -> JSONTree {
        var context = JSONTree.object([
            "allowPrivilegeEscalation": .literal("false"),
            "capabilities": .object(["drop": .array([.string("ALL")])]),
        ])
        let common = pod.spec["securityContext"]
        let others = pod.containers.filter { $0.name != name }
        func own(_ container: ContainerView) -> JSONValue? { container.value["securityContext"] }
        let needsUser = others.allSatisfy { own($0)?["runAsNonRoot"]?.bool ?? common?["runAsNonRoot"]?.bool ?? false }
        if needsUser, !(common?["runAsNonRoot"]?.bool ?? false) { context["runAsNonRoot"] = .literal("true") }
        if common?["seccompProfile"] == nil, others.allSatisfy({ own($0)?["seccompProfile"] != nil }) {
            context["seccompProfile"] = .object(["type": .string("RuntimeDefault")])
        }
        if let user = account.runAsUser ?? (needsUser ? user(of: others, in: pod) : nil) {
            context["runAsUser"] = .literal("\(user)")
        }
        return context
    }

    /// The user that all containers run as, so that the kubelet gives the token to that user; nil if the pod specifies
    /// it for all.
    private static func user(of others: [ContainerView], in pod: PodView) -> Int64? {
        if pod.defaultUser != nil { return nil }
        let users = Set(others.map { pod.user(of: $0) })
        guard users.count == 1, let first = users.first, let user = first, user != 0 else { return imageUser }
        return user
    }
}

extension JSONTree {
    /// A variable with an escaped value, in which the kubelet finds no references to other variables.
    fileprivate static func variable(_ name: String, _ value: String) -> JSONTree {
        .object(["name": .string(name), "value": .string(EnvironmentGroup.Variable.escape(value))])
    }
}
