package import AWSTrust
internal import Kubernetes
package import KubernetesObjects
internal import PodIdentity

/// The cluster's information about the tokens of ServiceAccounts, from which a trust policy is written.
package struct TrustNeeds: Sendable {
    package struct Account: Equatable, Sendable {
        /// The ARN of its role; nil if it has none, or one that is malformed.
        package var role: String?
        /// The audience of its pods' tokens: if it has no role yet, the one that they would have with a role.
        package var audience: String?
        /// What its pods get from AWS through an association of EKS Pod Identity; nil if there is none.
        package var association: String?

        package init(role: String? = nil, audience: String? = nil, association: String? = nil) {
            self.role = role
            self.audience = audience
            self.association = association
        }
    }

    /// Nil if it is not known.
    package var issuer: TrustedIssuer?
    /// Why the issuer is not known; empty if it is.
    package var issuerProblem = ""
    /// The ServiceAccounts that exist.
    package var accounts: [NamespacedName: Account] = [:]
    /// What could not be read, for messages about what is missing.
    package var findings: [Finding] = []

    package init() {}
}

extension Doctor {
    /// Determines which tokens the pods of ServiceAccounts have.
    ///
    /// - Throws: `KubernetesError` if the cluster cannot be reached, or does not accept the credentials. Errors of
    ///   `setUp` are passed on.
    package func trustNeeds(of accounts: Set<NamespacedName>) async throws -> TrustNeeds {
        var report = Report(cluster: "\(client.server)")
        let cluster = try await view(for: Set(accounts.map(\.namespace)), &report)
        var needs = TrustNeeds()
        switch try await readIssuer() {
        case .known(let issuer): needs.issuer = issuer
        case .unusable(let reason), .unknown(let reason): needs.issuerProblem = reason
        }
        for account in accounts where cluster.view.accounts[account] != nil {
            needs.accounts[account] = need(of: account, cluster.view, roleKey: cluster.roleKey)
        }
        needs.findings = report.findings.filter { $0.status == .unknown }
        return needs
    }

    /// What determines the identities in some namespaces.
    private func view(
        for namespaces: Set<String>,
        _ report: inout Report
    ) async throws -> (view: ClusterView, roleKey: String) {
        let survey = try await survey(&report)
        let setup = try setUpWebhook(survey.running)
        var cluster = ClusterView(
            providers: setup.providers,
            readsNamespaces: setup.readsNamespaces,
            configurations: setup.configurations
        )
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readConfigMaps(client)
        }
        for namespace in namespaces.sorted() {
            _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
                try await cluster.readAccounts(namespace, client)
            }
        }
        guard setup.readsNamespaces else { return (cluster, setup.roleKey) }
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readNamespaces(nil, client)
        }
        return (cluster, setup.roleKey)
    }

    private func need(of account: NamespacedName, _ cluster: ClusterView, roleKey: String) -> TrustNeeds.Account {
        if let association = cluster.associatedIdentity(of: account) {
            return TrustNeeds.Account(association: association)
        }
        if let identity = cluster.roleRequests(of: account).first {
            return TrustNeeds.Account(role: identity.arn, audience: identity.claims.audience)
        }
        var supposed = cluster
        supposed.accounts[account]?.annotations[roleKey] = "arn:aws:iam::000000000000:role/any"
        return TrustNeeds.Account(audience: supposed.roleRequests(of: account).first?.claims.audience)
    }
}

extension DoctorSetup {
    /// The annotation of a ServiceAccount that specifies its AWS role.
    fileprivate var roleKey: String { "\(annotationPrefix)/role-arn" }
}
