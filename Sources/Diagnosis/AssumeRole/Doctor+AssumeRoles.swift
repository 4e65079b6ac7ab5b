internal import AWSTrust
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
        guard let assuming = options.assumeRoles, let outbound = options.outbound else { return }
        var roles = KnownRoles()
        roles.namespace = options.namespace
        roles.policies = options.trustPolicies
        roles.issuer = options.issuer ?? cluster.issuer.flatMap { try? TrustedIssuer($0.text) }
        var identities: [WebIdentity] = []
        var byAgent: [NamespacedName] = []
        for account in cluster.accounts.keys.sorted(by: { ($0.namespace, $0.name) < ($1.namespace, $1.name) }) {
            for decision in cluster.decisions(for: cluster.plainPod(of: account)) {
                let own = WebIdentity.all(decision, account)
                for identity in own { roles.add(identity) }
                guard name == nil || account.name == name else { continue }
                identities += own
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
        let check = AssumeRoleCheck(
            client: client,
            outbound: outbound,
            options: assuming,
            issuer: cluster.issuer,
            roles: roles
        )
        report.add(await check.findings(identities))
    }
}
