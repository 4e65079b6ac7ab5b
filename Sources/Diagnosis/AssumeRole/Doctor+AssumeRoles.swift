internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

extension Doctor {
    /// - Parameter name: The name of the only ServiceAccount whose role is assumed; nil for all.
    func assumeRoles(
        _ cluster: ClusterView,
        named name: String?,
        _ report: inout Report
    ) async throws(KubernetesError) {
        guard let options = options.assumeRoles, let outbound = self.options.outbound else { return }
        let accounts = cluster.accounts.keys.filter { name == nil || $0.name == name }
        var identities: [WebIdentity] = []
        var byAgent: [NamespacedName] = []
        for account in accounts.sorted(by: { ($0.namespace, $0.name) < ($1.namespace, $1.name) }) {
            for decision in cluster.decisions(for: cluster.plainPod(of: account)) {
                identities += WebIdentity.all(decision, account)
                if WebIdentity.isByAgent(decision) { byAgent.append(account) }
            }
        }
        if let first = byAgent.first {
            let rest = byAgent.count > 1 ? " and \(byAgent.count - 1) more" : ""
            let message =
                "associations of EKS Pod Identity cannot be tried from here: only the agent of a pod's own node shows "
                + "tokens for them"
            report.add([Finding.Topic(.roles, "\(first)\(rest)").unknown(.roleNotTried, message)])
        }
        let check = AssumeRoleCheck(client: client, outbound: outbound, options: options, issuer: cluster.issuer)
        report.add(await check.findings(identities))
    }
}
