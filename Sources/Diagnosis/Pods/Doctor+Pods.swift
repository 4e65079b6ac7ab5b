internal import JSON
internal import Kubernetes
internal import KubernetesObjects

extension Doctor {
    func examinePods(
        _ cluster: ClusterView,
        _ dryRuns: DryRunCheck,
        _ report: inout Report
    ) async throws(KubernetesError) {
        try await tryPods(dryRuns, named: options.serviceAccount, &report)
        guard let tally = try await tally(PodScan.livePods, cluster, &report) else { return }
        let topic = Finding.Topic(.pods, options.namespace ?? "all namespaces")
        let text = "\(tally.complete) of \(tally.wanted) pods that should have an identity have it"
        report.add(tally.findings + [topic.ok(.podInjected, text)])
        guard tally.undecided > 0 else { return }
        let message =
            "whether \(tally.undecided) pods should have an identity is unknown; --pod says why"
        report.add([topic.unknown(.podUndecided, message)])
    }

    func examinePod(
        _ name: String,
        _ cluster: ClusterView,
        _ dryRuns: DryRunCheck,
        _ report: inout Report
    ) async throws(KubernetesError) {
        guard let tally = try await tally("metadata.name=\(name)", cluster, isDetailed: true, &report) else { return }
        guard tally.found > 0 else {
            let topic = Finding.Topic(.pods, "\(options.namespace ?? "")/\(name)")
            report.add([topic.problem(.podNotFound, "there is no such pod")])
            return
        }
        // The findings about the pod itself show whether its ServiceAccount has an identity.
        if let account = tally.serviceAccount, let namespace = options.namespace,
            cluster.hasIdentity(NamespacedName(namespace: namespace, name: account))
        {
            try await tryPods(dryRuns, named: account, &report)
        }
        report.add(tally.findings)
    }

    private func tryPods(
        _ dryRuns: DryRunCheck,
        named name: String?,
        _ report: inout Report
    ) async throws(KubernetesError) {
        let found = await dryRuns.findings(named: name, in: options.namespace)
        report.add(found.findings)
        let tokens = TokenCheck(client: client)
        let findings = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await tokens.findings(found.tokens)
        }
        report.add(findings ?? [])
        try await examineTrust(dryRuns.cluster, named: name, &report)
        try await assumeRoles(dryRuns.cluster, named: name, &report)
    }

    /// - Parameter isDetailed: Whether pods without problems are also findings.
    private func tally(
        _ fieldSelector: String,
        _ cluster: ClusterView,
        isDetailed: Bool = false,
        _ report: inout Report
    ) async throws(KubernetesError) -> PodDiagnosis.Tally? {
        let resource = Resource(
            plural: "pods",
            namespace: options.namespace,
            fieldSelector: fieldSelector,
            metadataOnly: false
        )
        let diagnosis = PodDiagnosis(cluster: cluster)
        let account = options.serviceAccount
        return try await report.attempt(.pods) { () async throws(KubernetesError) in
            try await ObjectPages(resource, client: client).reduce(into: PodDiagnosis.Tally()) { tally, pod in
                guard account == nil || pod.value["spec"]?["serviceAccountName"]?.string == account else { return }
                diagnosis.add(pod, to: &tally, isDetailed: isDetailed)
            }
        }
    }
}
