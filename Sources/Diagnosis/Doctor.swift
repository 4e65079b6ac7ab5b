package import AWSTrust
internal import JSON
package import Kubernetes
package import KubernetesObjects
package import NIOCore
internal import PodIdentity

/// Finds out why pods lack their identity. Examines the webhook's registration, its certificate, its endpoints, its
/// flags and its rights, requests a pod of each ServiceAccount with an identity, and examines the existing pods. Does
/// not change anything.
package struct Doctor: Sendable {
    package struct Options: Sendable {
        /// The name of the MutatingWebhookConfiguration.
        package var webhookConfiguration = "pod-identity-webhook"
        /// The ServiceAccount that the webhook runs as; nil to find it through the pods of its Service.
        package var webhookServiceAccount: NamespacedName?
        /// The address at which the webhook can be reached from here; nil to use the addresses that the cluster knows.
        package var connect: (host: String, port: Int)?
        /// The namespace to examine; nil for all.
        package var namespace: String?
        /// The name of the only ServiceAccount to examine; nil for all.
        package var serviceAccount: String?
        /// The name of the only pod to examine, which is in `namespace`; nil for all.
        package var pod: String?
        /// Whether it is acceptable that no ServiceAccount has an identity, as in a new cluster.
        package var isNoneExpected = false
        /// The trust policies to compare roles with; nil to compare none.
        package var trustPolicies: TrustPolicyFiles?
        /// The issuer of the cluster's tokens; nil to ask the API server.
        package var issuer: TrustedIssuer?
        /// The connection to the cluster's issuer; nil if it should not be examined.
        package var outbound: OutboundHTTP?
        /// Where and how to assume roles; nil if they should not be assumed.
        package var assumeRoles: AssumeRoleOptions?

        package init() {}
    }

    /// Determines the setup from the arguments of the webhook's pods and from the command line; the list is empty if
    /// there are no pods.
    package typealias SetUp = @Sendable (_ running: [RunningWebhook.Pod]) throws -> DoctorSetup

    static let accessCommand = Remedy(
        "kubectl apply -f deploy/optional/doctor.yaml",
        note: "and bind the ClusterRole to whoever runs doctor"
    )

    let client: APIClient
    let group: any EventLoopGroup
    let options: Options
    let now: Timestamp
    private let setUp: SetUp

    /// - Parameter now: The time at which certificates must be valid.
    package init(
        client: APIClient,
        on group: any EventLoopGroup,
        options: Options,
        now: Timestamp,
        setUp: @escaping SetUp
    ) {
        self.client = client
        self.group = group
        self.options = options
        self.now = now
        self.setUp = setUp
    }

    /// - Throws: `KubernetesError` if the cluster cannot be reached, or does not accept the credentials. A request that
    ///   the user is not allowed to make is a finding instead. Errors of `setUp` are passed on.
    package func examine() async throws -> Report {
        try await requireAPIServer()
        var report = Report(cluster: "\(client.server)")
        let survey = try await survey(&report)
        var setup = try setUpWebhook(survey.running)
        report.add(setup.findings)
        try await readFiles(of: survey.running, &setup, &report)
        report.add(Self.unreadFiles(setup))
        try await examineWebhook(survey, setup, &report)
        try await examinePolicy(survey, setup, &report)
        var cluster = ClusterView(
            providers: setup.providers,
            readsNamespaces: setup.readsNamespaces,
            configurations: setup.configurations
        )
        cluster.flags = setup.flags
        cluster.isRegistrationKnown = survey.configurations != nil
        cluster.registrations = survey.configurations ?? []
        cluster.registration = survey.configuration(options.webhookConfiguration)
        try await examineWorkloads(&cluster, setup, image: survey.running?.image, &report)
        return report
    }

    /// Every API server tells its version, unless the user may not read it.
    private func requireAPIServer() async throws(KubernetesError) {
        do throws(KubernetesError) {
            let hasVersion = try await client.get("/version").parse { $0["major"]?.string != nil }
            guard !hasVersion else { return }
        } catch {
            switch error {
            case .refused(let status) where status.code < 400 || [404, 405].contains(status.code): break
            case .malformedAnswer: break
            case .refused(let status) where status.code != 401: return
            default: throw error
            }
        }
        throw .notAnAPIServer(server: "\(client.server)")
    }

    /// - Parameter running: Nil if the webhook's pods are not known.
    func setUpWebhook(_ running: RunningWebhook?) throws -> DoctorSetup { try setUp(running?.pods ?? []) }

    private func examineWorkloads(
        _ cluster: inout ClusterView,
        _ setup: DoctorSetup,
        image: String?,
        _ report: inout Report
    ) async throws(KubernetesError) {
        // The providers in a configuration determine which annotations are read.
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readConfigMaps(client)
        }
        try await readWholeConfigMaps(&cluster, &report)
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readVersion(client)
        }
        let hasAccounts = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readAccounts(options.namespace, client)
            return true
        }
        let hasNamespaces = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readNamespaces(options.namespace, client)
            return true
        }
        cluster.issuer = try await examineIssuer(cluster, hasAccounts: hasAccounts ?? false, &report)
        guard hasAccounts ?? false else { return }
        if let missing = missing(in: cluster, hasNamespaces: hasNamespaces ?? false) {
            report.add([missing])
            return
        }
        let known = cluster
        let accounts = Set(known.accounts.keys.filter { known.hasIdentity($0) })
        try await cluster.workloads.read(options.namespace, client, accounts: accounts) {
            known.isWanted($0)
        }
        let dryRuns = DryRunCheck(
            cluster: cluster,
            client: client,
            skipLabel: setup.skipLabel,
            image: image,
            isNoneExpected: options.isNoneExpected
        )
        if let name = options.pod {
            try await examinePod(name, cluster, dryRuns, &report)
        } else {
            try await examinePods(cluster, dryRuns, &report)
        }
    }

    /// The objects from the command line that do not exist. Each namespace has a ServiceAccount, `default`.
    private func missing(in cluster: ClusterView, hasNamespaces: Bool) -> Finding? {
        if let namespace = options.namespace,
            hasNamespaces ? cluster.namespaces[namespace] == nil : cluster.accounts.isEmpty
        {
            let topic = Finding.Topic(.serviceAccounts, namespace)
            return topic.problem(.namespaceNotFound, "there is no such namespace", remedy: "kubectl get namespaces")
        }
        guard let name = options.serviceAccount, !cluster.accounts.keys.contains(where: { $0.name == name }) else {
            return nil
        }
        let place: ShellCommand = options.namespace.map { "-n \($0)" } ?? "-A"
        let topic = Finding.Topic(.serviceAccounts, options.namespace.map { "\($0)/\(name)" } ?? name)
        return topic.problem(
            .serviceAccountNotFound,
            "there is no such ServiceAccount",
            remedy: "kubectl get serviceaccounts \(place)"
        )
    }

    /// Reads files in the webhook's pods from their source, which is a ConfigMap.
    private func readFiles(
        of running: RunningWebhook?,
        _ setup: inout DoctorSetup,
        _ report: inout Report
    ) async throws(KubernetesError) {
        for source in setup.providers.configurations {
            guard case .file(let path) = source.place, !setup.filesRead.contains(path) else { continue }
            var reason = "it is not in a ConfigMap"
            if let (name, key) = running?.configMap(ofFile: path) {
                do throws(KubernetesError) {
                    let response = try await client.get("/api/v1/namespaces/\(name.namespace)/configmaps/\(name.name)")
                    let text = try response.parse { ObjectView($0).data(key) } ?? []
                    if !text.isEmpty { try ClusterView.read(text, of: source, into: &setup.configurations) }
                    continue
                } catch {
                    if case .refused(let status) = error, status.code == 401 { throw error }
                    reason = "\(error)"
                }
            }
            let message =
                "the file \(path) of the webhook's pods was not read, so its identities are unknown: \(reason)"
            report.add([Finding.Topic(.flags, path).unknown(.configurationUnreadable, message)])
        }
    }
}
