internal import PodIdentity

/// The operator's settings for EKS Pod Identity, with the defaults of the Amazon EKS webhook.
package struct EKSPodIdentitySettings: Equatable, Sendable {
    /// The path of the file that names the ServiceAccounts.
    package let identitiesFile: String
    package var audience = "pods.eks.amazonaws.com"
    package var tokenMountPath = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
    package var tokenVolumeName = "eks-pod-identity-token"
    /// The path of the token file in its volume.
    package var tokenPath = "eks-pod-identity-token"
    /// The URL at which the agent on each node provides credentials.
    package var fullURI = "http://169.254.170.23/v1/credentials"

    package init(identitiesFile: String) { self.identitiesFile = identitiesFile }

    /// The server of `fullURI`; nil if it is not called over plain HTTP.
    var agent: DirectServer? {
        guard let parts = fullURI.wholeMatch(of: /http:\/\/(?:\[([^\]]*)\]|([^:\/]*))(?::(\d+))?(?:\/.*)?/)?.output,
            let host = parts.1 ?? parts.2
        else { return nil }
        return DirectServer(host: String(host), port: parts.3.flatMap { Int($0) } ?? 80)
    }
}
