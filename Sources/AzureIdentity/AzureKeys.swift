internal import PodIdentity

/// The keys of annotations and labels, which are fixed.
enum AzureKeys {
    static let prefix = "azure.workload.identity/"

    /// The label of pods that get an identity, and the value that it must have.
    static let use = prefix + "use"
    static let isUsed = "true"

    static let clientID = prefix + "client-id"
    static let tenantID = prefix + "tenant-id"
    static let tokenExpiration = prefix + "service-account-token-expiration"
    static let skipContainers = prefix + "skip-containers"
    static let injectProxy = prefix + "inject-proxy-sidecar"
    static let proxyPort = prefix + "proxy-sidecar-port"

    static let ofServiceAccounts = [clientID, tenantID, tokenExpiration]
    static let ofPods = [skipContainers, injectProxy, proxyPort]
}

extension PodView {
    /// Whether the pod requests an identity.
    var usesAzure: Bool { label(AzureKeys.use) == AzureKeys.isUsed }
}
