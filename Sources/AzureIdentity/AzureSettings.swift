package import JSON

/// The operator's settings for all pods, with the defaults of Azure's own webhook.
package struct AzureSettings: Equatable, Sendable {
    /// The tenant for ServiceAccounts that specify none; empty if there is no default.
    package var tenantID = ""
    package var cloud = AzureCloud.publicCloud
    /// The audience of tokens; empty for that of the cloud.
    package var audience = ""
    package var tokenMountPath = "/var/run/secrets/azure/wi"
    /// The path of the token file in its volume.
    package var tokenPath = "token/azure-identity-token"
    /// Where pods that request it exchange their tokens; nil if that is always the cloud's authority.
    package var tokenEndpoint: CustomTokenEndpoint?
    package var proxy = ProxySettings()

    package init() {}

    var tokenAudience: String { audience.isEmpty ? cloud.audience : audience }
}

/// A server in the cluster that exchanges tokens instead of the cloud's authority.
package struct CustomTokenEndpoint: Equatable, Sendable {
    /// How clients verify the server's certificate.
    package enum Authorities: Equatable, Sendable {
        /// With the certificates that the system trusts.
        case system
        /// With certificates in PEM.
        case data(String)
        /// With the certificates under the key `ca.crt` of a ConfigMap in the pod's namespace.
        case configMap(String)
        /// With the ClusterTrustBundles of a signer; the selector is a label selector in JSON (`meta/v1`
        /// LabelSelector).
        case trustBundle(signerName: String, labelSelector: JSONTree?)
    }

    /// The suffix of the key of the annotation with which a pod requests it.
    package let annotationSuffix: String
    /// The audience of tokens for the server.
    package let audience: String
    /// The URL of the server.
    package var url: String
    /// The TLS server name; empty for that of the URL.
    package var serverName: String
    package var authorities: Authorities

    package init(
        annotationSuffix: String,
        audience: String,
        url: String,
        serverName: String = "",
        authorities: Authorities = .system
    ) {
        self.annotationSuffix = annotationSuffix
        self.audience = audience
        self.url = url
        self.serverName = serverName
        self.authorities = authorities
    }
}

/// The containers that answer instead of the instance metadata service.
package struct ProxySettings: Equatable, Sendable {
    package static let registry = "mcr.microsoft.com/oss/v2/azure/workload-identity"
    package static let version = "v1.6.1"

    package var image = "\(registry)/proxy:\(version)"
    package var initImage = "\(registry)/proxy-init:\(version)"
    /// The resources of both containers (`core/v1` ResourceRequirements); nil for none.
    package var resources: JSONTree?

    package init() {}
}
