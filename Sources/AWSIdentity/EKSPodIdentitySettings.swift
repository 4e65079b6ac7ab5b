/// What the operator sets for EKS Pod Identity; the defaults are those of the Amazon EKS webhook.
package struct EKSPodIdentitySettings: Equatable, Sendable {
    /// The file that names the ServiceAccounts.
    package let identitiesFile: String
    package var audience = "pods.eks.amazonaws.com"
    package var tokenMountPath = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
    package var tokenVolumeName = "eks-pod-identity-token"
    /// The file of the token in its volume.
    package var tokenPath = "eks-pod-identity-token"
    /// Where the agent on each node hands out credentials.
    package var fullURI = "http://169.254.170.23/v1/credentials"

    package init(identitiesFile: String) { self.identitiesFile = identitiesFile }
}
