internal import KubernetesObjects

/// The rights that a webhook needs, which depend on its flags.
package struct WebhookRights: Equatable, Sendable {
    /// The word for an identity.
    package var noun = "role"
    /// The webhook's own namespace.
    package var namespace: String
    /// Whether ServiceAccounts come from the cluster rather than from files.
    package var usesCluster = true
    package var readsNamespaces = false
    package var watchesConfigMap = false
    package var scansPods = false
    package var writesEvents = true
    /// The objects that hold its own certificates; nil if it issues none, or if that is not known.
    package var certificates: Certificates?

    package struct Certificates: Equatable, Sendable {
        package var secret: String
        package var configuration: String

        package init(secret: String, configuration: String) {
            self.secret = secret
            self.configuration = configuration
        }
    }

    package init(namespace: String) { self.namespace = namespace }

    /// A right for objects of one kind.
    struct Rule: Equatable, Sendable {
        let verbs: [String]
        var group = ""
        let resource: String
        /// The name of the object; empty for all objects.
        var name = ""
        /// Empty for all namespaces, and for cluster-scoped objects.
        var namespace = ""
        /// What the webhook uses the right for.
        let purpose: String
        /// The flag that requires the right, and its value for the chart.
        var flag: String?
        /// Whether pods would lose their identity without the right, at once or when the certificate expires.
        var isEssential = true
    }

    /// The word for identities.
    private var nouns: String { noun == "identity" ? "identities" : "\(noun)s" }

    private static let reading = ["get", "list", "watch"]

    var rules: [Rule] {
        guard usesCluster else { return [] }
        var rules = [
            Rule(
                verbs: Self.reading,
                resource: "serviceaccounts",
                purpose: "their annotations are the \(nouns) of pods"
            )
        ]
        if writesEvents {
            let purpose = "they report pods without their identity"
            rules.append(
                Rule(verbs: ["create", "patch"], resource: "events", purpose: purpose, isEssential: false)
            )
        }
        if readsNamespaces {
            let purpose = "their annotations give roles, with --namespace-roles"
            rules.append(
                Rule(verbs: Self.reading, resource: "namespaces", purpose: purpose, flag: "namespace-roles=true")
            )
        }
        if watchesConfigMap {
            rules.append(
                Rule(
                    verbs: Self.reading,
                    resource: "configmaps",
                    name: "pod-identity-webhook",
                    namespace: namespace,
                    purpose: "it gives roles, with --watch-config-map",
                    flag: "watch-config-map=true"
                )
            )
        }
        if scansPods {
            let purpose = "they are scanned, with --scan-interval"
            rules.append(
                Rule(
                    verbs: ["list"],
                    resource: "pods",
                    purpose: purpose,
                    flag: "scan-interval=15m",
                    isEssential: false
                )
            )
        }
        return rules + (certificates.map(rules(of:)) ?? [])
    }

    private func rules(of certificates: Certificates) -> [Rule] {
        let changing = Self.reading + ["patch"]
        let purpose = "it holds the webhook's own CA"
        return [
            Rule(verbs: ["create"], resource: "secrets", namespace: namespace, purpose: purpose),
            Rule(
                verbs: changing,
                resource: "secrets",
                name: certificates.secret,
                namespace: namespace,
                purpose: purpose
            ),
            Rule(
                verbs: changing,
                group: "admissionregistration.k8s.io",
                resource: "mutatingwebhookconfigurations",
                name: certificates.configuration,
                purpose: "the webhook writes its CA into it"
            ),
        ]
    }
}

extension WebhookRights.Rule {
    /// For example, `get, list secrets tls in kube-system`.
    func text(_ verbs: [String]) -> String {
        let clusterScoped = ["namespaces", "mutatingwebhookconfigurations"]
        let everywhere = clusterScoped.contains(resource) ? "" : " in all namespaces"
        let place = namespace.isEmpty ? everywhere : " in \(namespace)"
        return "\(verbs.joined(separator: ", ")) \(resource)\(name.isEmpty ? "" : " \(name)")\(place)"
    }

    /// Grants the right, whoever created the other rules.
    func grantCommand(_ verbs: [String], to account: NamespacedName) -> Remedy {
        let kind = namespace.isEmpty ? "clusterrole" : "role"
        let place: ShellCommand = namespace.isEmpty ? "" : "-n \(namespace) "
        let role = "\(account.name)-\(resource)\(verbs == ["create"] ? "-create" : "")"
        let type = group.isEmpty ? resource : "\(resource).\(group)"
        let object: ShellCommand = name.isEmpty ? "" : " --resource-name=\(name)"
        let holder: ShellCommand = "\(account.namespace):\(account.name)"
        let make: ShellCommand =
            "kubectl \(place)create \(kind) \(role) --verb=\(verbs.joined(separator: ",")) --resource=\(type)\(object)"
        let bind: ShellCommand =
            "kubectl \(place)create \(kind)binding \(role) --\(kind)=\(role) --serviceaccount=\(holder)"
        return Remedy("\(make) && \(bind)")
    }
}
