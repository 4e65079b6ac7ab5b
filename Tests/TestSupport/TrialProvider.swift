internal import JSON
package import PodIdentity

/// A provider of an invented cloud, with a token, a file beside it that a variable names, and optionally a container
/// that fetches something. ServiceAccounts have the identity in the annotation `CLOUD.example/identity`.
package struct TrialProvider: IdentityProvider {
    package let cloud: String
    package var noun = "identity"
    package var podLabels: [String: String] = [:]
    /// The name of the init container that it adds; nil for none.
    package var helper: String?
    /// Whether it needs the Namespace first.
    package var needsNamespace = false
    /// The names of the containers that get the identity; nil for all.
    package var onlyContainers: Set<String>?
    package var grant: String?

    package init(_ cloud: String) { self.cloud = cloud }

    package var annotationPrefix: String { "\(cloud).example/" }

    package var serviceAccountAnnotations: [String] { [key("identity"), key("deny"), key("acknowledge-warnings")] }

    package func key(_ name: String) -> String { "\(annotationPrefix)\(name)" }

    /// The prefix of the variables.
    private var prefix: String { cloud.uppercased() }

    package var variables: [String] { ["\(prefix)_IDENTITY", "\(prefix)_TOKEN_FILE", "\(prefix)_CONFIG"] }

    package func givesIdentity(_ annotations: Annotations) -> Bool { annotations[key("identity")] != nil }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard podLabels.allSatisfy({ pod.label($0.key) == $0.value }) else {
            return Decision(.leaveAlone(.noIdentity))
        }
        if needsNamespace, inputs.namespace ?? .unknown == .unknown {
            return Decision(.needs(.namespace(pod.namespace)))
        }
        guard case .known(let annotations) = inputs.serviceAccount else {
            return Decision(.leaveAlone(.serviceAccountUnavailable), warnings: ["\(cloud) knows no account"])
        }
        if let text = annotations[key("deny")] {
            return Decision(.deny(Denial(.invalidSetting, "\(key("deny")) is \(text)")))
        }
        guard let identity = annotations[key("identity")] else { return Decision(.leaveAlone(.noIdentity)) }
        return Decision(.inject(injection(identity)))
    }

    package func injection(_ identity: String) -> Injection {
        var injection = Injection(method: "\(cloud)_method", identity: identity)
        let folder = "/var/run/\(cloud)"
        injection.environment = [
            EnvironmentGroup(
                .addIfNoneIsSet,
                Array(zip(variables, [identity, "\(folder)/token", "\(folder)-config/config.json"]))
            )
        ]
        injection.identityVariables = variables
        injection.overridingVariables = ["\(prefix)_KEY"]
        injection.volumes = [
            .token("\(cloud)-token", audience: "\(cloud).audience", expirationSeconds: 3600, path: "token"),
            InjectedVolume(
                "\(cloud)-config",
                .downwardAPI([.init(path: "config.json", annotation: key("config"))])
            ),
        ]
        injection.mounts = [
            InjectedMount(volume: "\(cloud)-token", path: folder),
            InjectedMount(volume: "\(cloud)-config", path: "\(folder)-config"),
        ]
        injection.files = [
            IdentityFile(variables[1], volume: "\(cloud)-token", path: "token"),
            IdentityFile(variables[2], volume: "\(cloud)-config", path: "config.json"),
        ]
        if !identity.hasPrefix("id") { injection.malformation = "it does not begin with id" }
        injection.onlyContainers = onlyContainers
        injection.grant = grant
        if let helper {
            injection.containers = [
                InjectedContainer(
                    helper,
                    in: .initContainers,
                    .first,
                    policy: .replace,
                    .object(["name": .string(helper), "image": .string("example/\(helper):1")])
                )
            ]
        }
        return injection
    }
}
