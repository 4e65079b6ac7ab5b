internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// What is known about a cluster when its pods are examined.
struct ClusterView: Sendable {
    struct Account: Equatable, Sendable {
        var annotations: Annotations
        /// An annotation that would be one of the providers' if it had another prefix.
        var foreignRole: String?
        var creation: Timestamp?
        /// The time at which the field managers that set its annotations last changed the object; the annotations are
        /// not newer than that.
        var annotated: Timestamp?
    }

    struct Namespace: Equatable, Sendable {
        var labels: [String: String]
        var annotations = Annotations()
        /// As `Account.annotated`.
        var annotated: Timestamp?
    }

    let providers: ProviderChain
    /// Whether the annotations of Namespaces count.
    var readsNamespaces = false
    var configurations = ProviderConfigurations()
    /// Nil if it is not known.
    var serverVersion: ServerVersion?
    /// Nil if it is not known.
    var issuer: KnownIssuer?
    /// By the name of the cloud.
    var flags: [String: CloudFlags] = [:]
    /// Nil if it does not exist or may not be read.
    var registration: MutatingWebhookConfiguration?
    /// Whether MutatingWebhookConfigurations may be read.
    var isRegistrationKnown = true
    /// All MutatingWebhookConfigurations, `registration` among them.
    var registrations: [MutatingWebhookConfiguration] = []
    var accounts: [NamespacedName: Account] = [:]
    /// By name; Namespaces that are not known are missing.
    var namespaces: [String: Namespace] = [:]
    /// The owners of the pods.
    var workloads = Workloads()

    /// Why pods lack their identity if there is no `podWebhook`. If other pod identity webhooks are registered, the
    /// name is probably wrong, and nothing needs to be installed.
    var notRegistered: Cause {
        if let registration {
            let reason = "the registration \(registration.name) has no rule for new pods"
            return Cause(.problem, .podsNotCovered, reason, remedy: registration.repairCommand())
        }
        guard let other = registrations.first(where: \.looksLikePodIdentity) else { return .notRegistered }
        let remedy: Remedy = "pod-identity-webhook doctor --webhook-configuration \(other.name)"
        return Cause(.problem, .notRegistered, "no webhook is registered under the name that was given", remedy: remedy)
    }

    func inputs(for pod: PodView) -> DecisionInputs {
        let account = pod.effectiveServiceAccount.flatMap { accounts[$0] }
        let namespace = namespaces[pod.namespace].map { DecisionInputs.Object.known($0.annotations) } ?? .unknown
        return DecisionInputs(
            serviceAccount: account.map { .known($0.annotations) } ?? .absent,
            namespace: readsNamespaces ? namespace : nil,
            serverVersion: serverVersion,
            configurations: configurations
        )
    }

    /// The object whose annotations specify the ServiceAccount's identity; nil if none do.
    ///
    /// - Parameter cloud: Nil for an identity of any cloud.
    func roleSource(of name: NamespacedName, _ cloud: String? = nil) -> RoleSource? {
        let providers = providers.providers(of: cloud, configurations)
        if let account = accounts[name], providers.contains(where: { $0.givesIdentity(account.annotations) }) {
            return .serviceAccount(annotated: account.annotated)
        }
        guard readsNamespaces, let namespace = namespaces[name.namespace],
            providers.contains(where: { $0.givesIdentity(namespace.annotations) })
        else { return nil }
        return .namespace(annotated: namespace.annotated)
    }

    enum RoleSource: Equatable, Sendable {
        case serviceAccount(annotated: Timestamp?)
        case namespace(annotated: Timestamp?)
    }

    /// - Parameter endedContainers: The names of ephemeral containers that have ended.
    func examine(_ pod: PodView, endedContainers: Set<String> = []) -> [CloudExamination] {
        CloudExamination.all(of: pod, inputs(for: pod), providers, endedContainers: endedContainers)
    }
}

// MARK: - Reading

extension ClusterView {
    /// - Parameter namespace: Nil for all namespaces.
    mutating func readAccounts(_ namespace: String?, _ client: APIClient) async throws(KubernetesError) {
        let resource = Resource(plural: "serviceaccounts", namespace: namespace, metadataOnly: true)
        let keys = providers.keys(configurations).annotations
        accounts = try await ObjectPages(resource, client: client).reduce(into: accounts) { accounts, object in
            guard let key = object.metadata.key else { return }
            accounts[key] = Account(
                annotations: Annotations(of: object.metadata, keeping: keys),
                foreignRole: Self.foreignKey(object.metadata, among: keys),
                creation: object.metadata.creation,
                annotated: object.metadata.lastChange(byManagersOf: keys)
            )
        }
    }

    private static func foreignKey(_ metadata: ObjectMeta, among keys: [String]) -> String? {
        func name(_ key: String) -> Substring { key.drop { $0 != "/" } }
        let names = Set(keys.map(name))
        let found = metadata.annotations?.members.first { key, _ in
            let key = key.string
            return names.contains(name(key)) && !keys.contains(key)
        }
        return found?.key.string
    }

    mutating func readNamespaces(_ namespace: String?, _ client: APIClient) async throws(KubernetesError) {
        let resource = Resource(
            plural: "namespaces",
            fieldSelector: namespace.map { "metadata.name=\($0)" },
            metadataOnly: true
        )
        let keys = providers.keys(configurations)
        namespaces = try await ObjectPages(resource, client: client).reduce(into: [:]) { namespaces, object in
            namespaces[object.metadata.name?.string ?? ""] = Namespace(
                labels: object.metadata.labels,
                annotations: Annotations(ofNamespace: object.metadata, keeping: keys),
                annotated: object.metadata.lastChange(byManagersOf: keys.annotations)
            )
        }
    }

    /// Reads the API server's version if decisions depend on it.
    mutating func readVersion(_ client: APIClient) async throws(KubernetesError) {
        guard providers.providers(configurations).contains(where: \.needsServerVersion) else { return }
        serverVersion = try await client.get("/version").parse { root in
            ServerVersion(major: root["major"]?.string ?? "", minor: root["minor"]?.string ?? "")
        }
    }

    /// Reads the configurations that are ConfigMaps. The content of files has been passed to the initializer.
    mutating func readConfigMaps(_ client: APIClient) async throws(KubernetesError) {
        for source in providers.configurations {
            guard case .configMap(let name, let key) = source.place else { continue }
            do {
                let response = try await client.get("/api/v1/namespaces/\(name.namespace)/configmaps/\(name.name)")
                let text = try response.parse { ObjectView($0).data(key) }
                guard let text, !text.isEmpty else { continue }
                try Self.read(text, of: source, into: &configurations)
            } catch {
                guard error.isNotFound else { throw error }
            }
        }
    }

    static func read(
        _ text: [UInt8],
        of source: ProviderConfigurationSource,
        into configurations: inout ProviderConfigurations
    ) throws(KubernetesError) {
        do {
            try configurations.read(text, of: source)
        } catch {
            throw .configuration(source: "\(source.place)", field: nil, reason: "\(error)")
        }
    }
}
