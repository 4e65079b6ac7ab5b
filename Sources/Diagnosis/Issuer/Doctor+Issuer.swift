internal import Kubernetes
package import OIDCIssuer

/// What was found of the cluster's issuer, for those who show its tokens to a cloud.
package struct KnownIssuer: Sendable {
    package let text: String
    /// The keys that it publishes; nil if they could not be fetched from here.
    package let published: JSONWebKeySet?
}

extension Doctor {
    /// - Returns: Nil if the issuer is not known, or was not to be looked at.
    func examineIssuer(_ report: inout Report) async throws(KubernetesError) -> KnownIssuer? {
        guard let outbound = options.outbound else { return nil }
        var findings: [Finding] = []
        let found = try await ClusterIssuer.read(client, &findings)
        defer { report.add(findings) }
        guard let found else { return nil }
        let result = await IssuerCheck(outbound, now: now).run(found.text, comparing: found.keys)
        findings += result.findings
        return KnownIssuer(text: found.text, published: result.published)
    }
}
