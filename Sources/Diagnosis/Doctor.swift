internal import JSON
package import Kubernetes
package import KubernetesObjects
package import NIOCore
package import PodIdentity

/// Finds out why pods are without their identity: looks at the webhook's registration, its certificate and endpoints,
/// asks for a pod of each ServiceAccount with a role, and looks through the pods that exist. Changes nothing.
package struct Doctor: Sendable {
    package struct Options: Sendable {
        /// Of the MutatingWebhookConfiguration.
        package var webhookConfiguration = "pod-identity-webhook"
        /// What the webhook runs as; nil to find it through the pods of its Service.
        package var webhookServiceAccount: NamespacedName?
        /// Whether the annotations of a Namespace give a role to its ServiceAccounts that have none.
        package var readsNamespaces = false
        /// Where the webhook is reached from here; nil for the addresses that the cluster knows.
        package var connect: (host: String, port: Int)?
        /// Nil for all.
        package var namespace: String?
        /// The name of the one ServiceAccount that is looked at; nil for all.
        package var serviceAccount: String?
        /// The name of the one pod that is explained, in `namespace`; nil for all.
        package var pod: String?

        package init() {}
    }

    static let accessCommand =
        "kubectl apply -f deploy/optional/doctor.yaml  # and bind the ClusterRole to whoever runs doctor"

    private let client: APIClient
    private let group: any EventLoopGroup
    private let providers: ProviderChain
    private let configurations: ProviderConfigurations
    private let options: Options
    private let now: Timestamp

    /// - Parameters:
    ///   - configurations: what those of the providers' configurations say that are files.
    ///   - now: for what expires.
    package init(
        client: APIClient,
        on group: any EventLoopGroup,
        providers: ProviderChain,
        configurations: ProviderConfigurations,
        options: Options,
        now: Timestamp
    ) {
        self.client = client
        self.group = group
        self.providers = providers
        self.configurations = configurations
        self.options = options
        self.now = now
    }

    /// - Throws: for a cluster that cannot be reached, or does not know who asks. What is refused to those who may not ask
    ///   for it is a finding.
    package func examine() async throws(KubernetesError) -> Report {
        var report = Report(cluster: "\(client.server)")
        var cluster = ClusterView(
            providers: providers,
            readsNamespaces: options.readsNamespaces,
            configurations: configurations
        )
        try await examineWebhook(&cluster, &report)
        let hasAccounts = try await attempt(.serviceAccounts, &report) { () async throws(KubernetesError) in
            try await cluster.readAccounts(options.namespace, client)
            return true
        }
        _ = try await attempt(.serviceAccounts, &report) { () async throws(KubernetesError) in
            try await cluster.readNamespaces(options.namespace, client)
        }
        _ = try await attempt(.serviceAccounts, &report) { () async throws(KubernetesError) in
            try await cluster.readConfigMaps(client)
        }
        guard hasAccounts ?? false else { return report }
        if let name = options.pod {
            try await explain(name, cluster, &report)
        } else {
            report.add(await dryRuns(cluster, named: options.serviceAccount))
            try await examinePods(cluster, &report)
        }
        return report
    }

    // MARK: The webhook

    private func examineWebhook(_ cluster: inout ClusterView, _ report: inout Report) async throws(KubernetesError) {
        let registrations = try await attempt(.registration, &report) { () async throws(KubernetesError) in
            let resource = Resource(
                groupPath: "/apis/admissionregistration.k8s.io/v1",
                plural: "mutatingwebhookconfigurations",
                metadataOnly: false
            )
            return try await ObjectPages(resource, client: client).reduce(into: [Registration]()) {
                $0.append(Registration($1))
            }
        }
        guard let registrations else {
            cluster.isRegistrationKnown = false
            return
        }
        report.add(RegistrationCheck(name: options.webhookConfiguration).findings(registrations))
        cluster.registration = registrations.first { $0.name == options.webhookConfiguration }
        var endpoints: ServiceEndpoints?
        if case .service(let namespace, let name, _, _) = cluster.entry?.target {
            let found = try await attempt(.endpoints, &report) { () async throws(KubernetesError) in
                try await ServiceEndpoints.read(name, namespace: namespace, client: client)
            }
            if let found { report.add([ServiceEndpoints.finding(found, name, namespace: namespace)]) }
            endpoints = found ?? nil
        }
        await examineCertificate(cluster, endpoints, &report)
        let access = AccessCheck(
            client: client,
            account: options.webhookServiceAccount,
            readsNamespaces: options.readsNamespaces
        )
        let entry = cluster.entry
        let findings = try await attempt(.access, &report) { () async throws(KubernetesError) in
            try await access.findings(entry, endpoints)
        }
        report.add(findings ?? [])
    }

    /// By each of the CA bundles that the registration has for it.
    private func examineCertificate(
        _ cluster: ClusterView,
        _ endpoints: ServiceEndpoints?,
        _ report: inout Report
    ) async {
        let entries = (cluster.registration?.ownEntries ?? []).reduce(into: [Registration.Entry]()) { entries, entry in
            if !entries.contains(where: { $0.caBundle == entry.caBundle }) { entries.append(entry) }
        }
        for entry in entries {
            let check = CertificateCheck(
                registration: options.webhookConfiguration,
                entry: entry,
                isNamed: entries.count > 1,
                endpoints: endpoints,
                override: options.connect.map { ServiceEndpoints.Address(host: $0.host, port: $0.port) },
                group: group,
                now: now
            )
            report.add(await check.findings())
        }
    }

    // MARK: ServiceAccounts and pods

    private func dryRuns(_ cluster: ClusterView, named name: String?) async -> [Finding] {
        let accounts = cluster.accounts.keys.filter { account in
            (name == nil || account.name == name) && hasRole(account, cluster)
        }
        guard !accounts.isEmpty else {
            let what = name.map { "no ServiceAccount \($0)" } ?? "no ServiceAccount"
            let place = options.namespace ?? "all namespaces"
            return [Finding(.serviceAccounts, .ok, .noRoles, place, "\(what) has a role, so there is nothing to try")]
        }
        let sorted = accounts.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        return await DryRunCheck(cluster: cluster, client: client).findings(sorted)
    }

    private func hasRole(_ account: NamespacedName, _ cluster: ClusterView) -> Bool {
        let examination = try? JSONParser().parse(DryRunPod.json(account)) { pod in
            cluster.examine(try PodView(pod, namespace: account.namespace))
        }
        guard case .lacking = examination else { return false }
        return true
    }

    private func examinePods(_ cluster: ClusterView, _ report: inout Report) async throws(KubernetesError) {
        let diagnosis = PodDiagnosis(cluster: cluster)
        let resource = Resource(
            plural: "pods",
            namespace: options.namespace,
            fieldSelector: PodScan.livePods,
            metadataOnly: false
        )
        let account = options.serviceAccount
        let tally = try await attempt(.pods, &report) { () async throws(KubernetesError) in
            try await ObjectPages(resource, client: client).reduce(into: PodDiagnosis.Tally()) { tally, pod in
                guard account == nil || pod.value["spec"]?["serviceAccountName"]?.string == account else { return }
                diagnosis.add(pod, to: &tally)
            }
        }
        guard let tally else { return }
        let place = options.namespace ?? "all namespaces"
        let text = "\(tally.complete) of \(tally.wanted) pods that should have an identity have it"
        report.add(tally.findings + [Finding(.pods, .ok, .podInjected, place, text)])
        guard tally.undecided > 0 else { return }
        let message =
            "of \(tally.undecided) pods it cannot be told whether they should have an identity; --pod says why"
        report.add([Finding(.pods, .unknown, .podUndecided, place, message)])
    }

    private func explain(_ name: String, _ cluster: ClusterView, _ report: inout Report) async throws(KubernetesError) {
        let resource = Resource(
            plural: "pods",
            namespace: options.namespace,
            fieldSelector: "metadata.name=\(name)",
            metadataOnly: false
        )
        let found = try await attempt(.pods, &report) { () async throws(KubernetesError) in
            try await ObjectPages(resource, client: client).reduce(into: (PodDiagnosis.Tally(), String?.none)) {
                PodDiagnosis(cluster: cluster).add($1, to: &$0.0, isDetailed: true)
                $0.1 = $1.value["spec"]?["serviceAccountName"]?.string
            }
        }
        guard let (tally, account) = found else { return }
        guard tally.found > 0 else {
            let subject = "\(options.namespace ?? "")/\(name)"
            report.add([Finding(.pods, .problem, .podNotFound, subject, "there is no such pod")])
            return
        }
        if let account { report.add(await dryRuns(cluster, named: account)) }
        report.add(tally.findings)
    }

    // MARK: Refusals

    /// Nil, with a finding, if the API server refuses what `body` asks for.
    private func attempt<Value: Sendable>(
        _ check: Finding.Check,
        _ report: inout Report,
        _ body: () async throws(KubernetesError) -> Value
    ) async throws(KubernetesError) -> Value? {
        do {
            return try await body()
        } catch {
            guard case .refused(let status) = error, status.code != 401 else { throw error }
            let isForbidden = status.code == 403
            report.add([
                Finding(
                    check,
                    .unknown,
                    .requestRefused,
                    "doctor",
                    "the API server refused what this check has to read: \(status.message ?? "\(status)")",
                    remedy: isForbidden ? Self.accessCommand : nil
                )
            ])
            return nil
        }
    }
}
