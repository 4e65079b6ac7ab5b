internal import JSON
package import Kubernetes
package import OIDCIssuer

/// The API server's information about its own issuer.
package struct ClusterIssuer: Sendable {
    /// The URL of the API server.
    package let server: String
    /// The claim `iss` of its tokens.
    package let text: String
    /// The keys with which it verifies tokens; nil if they may not be read.
    package var keys: JSONWebKeySet?

    /// The ClusterRole with which Kubernetes grants the right to read both documents.
    private static let role = "system:service-account-issuer-discovery"

    private static let permission = Remedy(
        "kubectl create clusterrolebinding issuer-discovery --clusterrole=\(role) --user=NAME",
        note: "or --group, --serviceaccount"
    )

    /// - Parameters:
    ///   - findings: Collects what could not be read.
    ///   - hasAnswered: Whether the API server has answered before, so that a lack of an answer is a finding.
    /// - Returns: Nil if the issuer is not known.
    package static func read(
        _ client: APIClient,
        _ findings: inout [Finding],
        hasAnswered: Bool = false
    ) async throws(KubernetesError) -> ClusterIssuer? {
        let configuration = try await get(IssuerURL.configurationPath, client, &findings, hasAnswered) {
            try IssuerConfiguration($0)
        }
        guard let configuration else { return nil }
        let keys = try await get(IssuerURL.keysPath, client, &findings, hasAnswered) { try JSONWebKeySet($0) }
        return ClusterIssuer(server: "\(client.server)", text: configuration.issuer, keys: keys)
    }

    /// The media types of both documents; the API server serves the keys only as this type.
    package static let accepted = "application/jwk-set+json, application/json"

    private static func get<Document: Sendable>(
        _ path: String,
        _ client: APIClient,
        _ findings: inout [Finding],
        _ hasAnswered: Bool,
        _ read: (JSONValue) throws -> Document
    ) async throws(KubernetesError) -> Document? {
        let topic = Finding.Topic(.issuer, "\(client.server)")
        do throws(KubernetesError) {
            return try await client.send(APIRequest(path: path, accept: accepted)).parse(read)
        } catch {
            switch error {
            case .refused(let status) where status.code == 403:
                let message =
                    "may not get the path \(path), which the rule of nonResourceURLs in the ClusterRole \(role) allows: "
                    + (status.message ?? "\(status)")
                findings.append(topic.unknown(.requestRefused, message, remedy: permission))
            case .refused(let status) where status.code == 404:
                let message =
                    "the API server does not say who its issuer is: --service-account-issuer is not an https URL, which "
                    + "clouds require, or Kubernetes is older than 1.20"
                findings.append(topic.unknown(.issuerUnknown, message))
            case .refused(let status) where status.code != 401:
                let message = "the API server does not give its \(path): \(status.message ?? "\(status)")"
                findings.append(topic.unknown(.issuerUnknown, message))
            case .malformedAnswer:
                findings.append(topic.unknown(.issuerUnknown, "the API server's \(path) cannot be used: \(error)"))
            case .connection where hasAnswered, .timedOut where hasAnswered, .answerTooLarge where hasAnswered:
                findings.append(topic.unknown(.issuerUnknown, "the API server does not give its \(path): \(error)"))
            default: throw error
            }
            return nil
        }
    }
}
