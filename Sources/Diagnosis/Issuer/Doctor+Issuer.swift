internal import Kubernetes
internal import KubernetesObjects
package import OIDCIssuer
internal import PodIdentity

/// What was found about the cluster's issuer, for checks that present its tokens to a cloud.
package struct KnownIssuer: Sendable {
    package let text: String
    /// The keys that it publishes; nil if they could not be fetched from here.
    package let published: JSONWebKeySet?
}

extension Doctor {
    /// - Parameters:
    ///   - cluster: Its ServiceAccounts determine whether clouds must reach the issuer.
    ///   - hasAccounts: Whether the ServiceAccounts could be read; if not, clouds may have to reach the issuer.
    /// - Returns: Nil if the issuer is not known, or should not be examined.
    func examineIssuer(
        _ cluster: ClusterView,
        hasAccounts: Bool,
        _ report: inout Report
    ) async throws(KubernetesError) -> KnownIssuer? {
        guard let outbound = options.outbound else { return nil }
        var findings: [Finding] = []
        let found = try await ClusterIssuer.read(client, &findings, hasAnswered: true)
        defer { report.add(findings) }
        guard let found else { return nil }
        var check = IssuerCheck(outbound, now: now)
        check.isNeeded = !hasAccounts || cluster.accounts.keys.contains { cluster.needsPublishedIssuer($0) }
        check.isReachRequired = options.assumeRoles != nil
        let result = await check.run(found.text, comparing: found)
        findings += result.findings
        return KnownIssuer(text: found.text, published: result.published)
    }
}

extension ClusterView {
    /// Whether a cloud fetches the issuer's documents for the identity of the ServiceAccount's pods.
    fileprivate func needsPublishedIssuer(_ account: NamespacedName) -> Bool {
        // Google's pools do not have to, because the keys can be uploaded to them.
        decisions(for: plainPod(of: account)).contains { $0.injection?.isGrantedBySubject ?? false }
    }
}
