internal import JSON
internal import Kubernetes
internal import KubernetesObjects

extension Doctor {
    func examinePods(_ cluster: ClusterView, _ report: inout Report) async throws(KubernetesError) {
        report.add(await dryRuns(cluster, named: options.serviceAccount))
        guard let tally = try await tally(PodScan.livePods, cluster, &report) else { return }
        let topic = Finding.Topic(.pods, options.namespace ?? "all namespaces")
        let text = "\(tally.complete) of \(tally.wanted) pods that should have an identity have it"
        report.add(tally.findings + [topic.ok(.podInjected, text)])
        guard tally.undecided > 0 else { return }
        let message =
            "of \(tally.undecided) pods it cannot be told whether they should have an identity; --pod says why"
        report.add([topic.unknown(.podUndecided, message)])
    }

    func examinePod(_ name: String, _ cluster: ClusterView, _ report: inout Report) async throws(KubernetesError) {
        guard let tally = try await tally("metadata.name=\(name)", cluster, isDetailed: true, &report) else { return }
        guard tally.found > 0 else {
            let topic = Finding.Topic(.pods, "\(options.namespace ?? "")/\(name)")
            report.add([topic.problem(.podNotFound, "there is no such pod")])
            return
        }
        if let account = tally.serviceAccount { report.add(await dryRuns(cluster, named: account)) }
        report.add(tally.findings)
    }

    private func dryRuns(_ cluster: ClusterView, named name: String?) async -> [Finding] {
        let check = DryRunCheck(cluster: cluster, client: client)
        return await check.findings(named: name, place: options.namespace ?? "all namespaces")
    }

    /// - Parameter isDetailed: Whether pods that are as they should be are findings, too.
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
