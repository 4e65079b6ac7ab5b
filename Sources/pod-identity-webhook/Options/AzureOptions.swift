internal import ArgumentParser
internal import AzureIdentity
internal import JSON
internal import KubernetesObjects

/// The flags for Azure, which `serve`, `mutate` and `doctor` share. Where one is not given, the variable counts that Azure's
/// own webhook reads.
struct AzureOptions: ParsableArguments {
    @Option(help: "The tenant of identities whose ServiceAccount names none; without it AZURE_TENANT_ID.")
    var azureTenantId = ""

    @Option(
        help: "The cloud: AzurePublicCloud, AzureUSGovernmentCloud or AzureChinaCloud; without it AZURE_ENVIRONMENT."
    )
    var azureEnvironment = ""

    @Option(help: "The audience of tokens; without it that of the cloud.")
    var azureAudience = ""

    @Option(help: "Where the token's volume is mounted in containers.")
    var azureTokenMountPath = AzureSettings().tokenMountPath

    @Option(help: "The path of the token's file in its volume.")
    var azureTokenPath = AzureSettings().tokenPath

    @Option(help: "The end of the annotation azure.workload.identity/use-… by which pods ask for the token endpoint.")
    var azureCustomTokenEndpointAnnotationSuffix = ""

    @Option(help: "The audience of tokens for the token endpoint.")
    var azureCustomTokenEndpointAudience = ""

    @Option(help: "The URL of the token endpoint; without it AZURE_KUBERNETES_TOKEN_PROXY.")
    var azureTokenProxy = ""

    @Option(help: "The TLS server name of the token endpoint; without it AZURE_KUBERNETES_SNI_NAME.")
    var azureTokenProxySniName = ""

    @Option(help: "The CA of the token endpoint, PEM; without it AZURE_KUBERNETES_CA_DATA.")
    var azureTokenProxyCaData = ""

    @Option(help: "The ConfigMap with that CA as ca.crt; without it AZURE_KUBERNETES_CA_CONFIGMAP_NAME.")
    var azureTokenProxyCaConfigMap = ""

    @Option(help: "The signer of ClusterTrustBundles with that CA; without it AZURE_KUBERNETES_CA_CTB_SIGNER_NAME.")
    var azureTokenProxyCaSigner = ""

    @Option(help: "Their label selector, JSON; without it AZURE_KUBERNETES_CA_CTB_LABEL_SELECTOR.")
    var azureTokenProxyCaSelector = ""

    @Option(help: "The image of the proxy container; without it PROXY_IMAGE, or Azure's.")
    var azureProxyImage = ""

    @Option(help: "The image of the proxy's init container; without it PROXY_INIT_IMAGE, or Azure's.")
    var azureProxyInitImage = ""

    @Option(help: "What both of them ask for, JSON as in a container's resources; empty for nothing.")
    var azureProxyResources = ""

    func validate() throws {
        guard azureTokenMountPath.hasPrefix("/") else {
            throw ValidationError("--azure-token-mount-path must be an absolute path, not \"\(azureTokenMountPath)\"")
        }
        let elements = azureTokenPath.split(separator: "/", omittingEmptySubsequences: false)
        guard elements.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw ValidationError("--azure-token-path must be a path in the volume, not \"\(azureTokenPath)\"")
        }
        _ = try resources
    }

    // MARK: Settings

    /// The variables that Azure's own webhook reads.
    enum Variable: String, CaseIterable {
        case tenantID = "AZURE_TENANT_ID"
        case environment = "AZURE_ENVIRONMENT"
        case proxyImage = "PROXY_IMAGE"
        case proxyInitImage = "PROXY_INIT_IMAGE"
        case tokenProxy = "AZURE_KUBERNETES_TOKEN_PROXY"
        case serverName = "AZURE_KUBERNETES_SNI_NAME"
        case authorityData = "AZURE_KUBERNETES_CA_DATA"
        case authorityConfigMap = "AZURE_KUBERNETES_CA_CONFIGMAP_NAME"
        case authoritySigner = "AZURE_KUBERNETES_CA_CTB_SIGNER_NAME"
        case authoritySelector = "AZURE_KUBERNETES_CA_CTB_LABEL_SELECTOR"

        /// Both spellings, of which the first that is not empty counts.
        var names: [String] { ["CONFIG_" + rawValue, rawValue] }
    }

    /// The variables that count, because the flags in their place are not given.
    var variablesInUse: [Variable] { Variable.allCases.filter { flag(inPlaceOf: $0).isEmpty } }

    private func flag(inPlaceOf variable: Variable) -> String {
        switch variable {
        case .tenantID: azureTenantId
        case .environment: azureEnvironment
        case .proxyImage: azureProxyImage
        case .proxyInitImage: azureProxyInitImage
        case .tokenProxy: azureTokenProxy
        case .serverName: azureTokenProxySniName
        case .authorityData: azureTokenProxyCaData
        case .authorityConfigMap: azureTokenProxyCaConfigMap
        case .authoritySigner: azureTokenProxyCaSigner
        case .authoritySelector: azureTokenProxyCaSelector
        }
    }

    /// - Parameter environment: the variables of the process.
    /// - Throws: `ValidationError` if flags and variables together cannot be used.
    func settings(environment: [String: String]) throws -> AzureSettings {
        func value(_ variable: Variable) -> String {
            let flag = flag(inPlaceOf: variable)
            return flag.isEmpty ? variable.names.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "" : flag
        }
        var settings = AzureSettings()
        settings.tenantID = value(.tenantID)
        guard !settings.tenantID.isEmpty else {
            throw ValidationError("--providers names azure, which needs --azure-tenant-id or AZURE_TENANT_ID")
        }
        let name = value(.environment)
        if !name.isEmpty {
            guard let cloud = AzureCloud(name: name) else {
                let known = AzureCloud.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--azure-environment is \"\(name)\", which is none of \(known)")
            }
            settings.cloud = cloud
        }
        settings.audience = azureAudience
        settings.tokenMountPath = azureTokenMountPath
        settings.tokenPath = azureTokenPath
        settings.tokenEndpoint = try tokenEndpoint(settings, value)
        let image = value(.proxyImage)
        if !image.isEmpty { settings.proxy.image = image }
        let initImage = value(.proxyInitImage)
        if !initImage.isEmpty { settings.proxy.initImage = initImage }
        settings.proxy.resources = try resources
        return settings
    }

    private var resources: JSONTree? {
        get throws {
            guard !azureProxyResources.isEmpty else { return nil }
            guard let tree = try? JSONTree(parsing: azureProxyResources.utf8), tree.members != nil else {
                throw ValidationError("--azure-proxy-resources must be a JSON object, not \"\(azureProxyResources)\"")
            }
            return tree
        }
    }
}
