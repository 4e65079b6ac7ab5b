internal import ArgumentParser
internal import AzureIdentity
internal import JSON
internal import KubernetesObjects

/// The flags for Azure, which `serve`, `mutate` and `doctor` share. If a flag is not given, the variable that Azure's
/// own webhook reads is used.
struct AzureOptions: ParsableArguments {
    @Option(
        help: .value("tenant", "The tenant of identities whose ServiceAccount names none; by default AZURE_TENANT_ID.")
    )
    var azureTenantId = ""

    @Option(
        help: .value(
            "cloud",
            "AzurePublicCloud (or AzureCloud), AzureUSGovernmentCloud (or AzureUSGovernment), AzureChinaCloud or AzureGermanCloud; by default AZURE_ENVIRONMENT."
        )
    )
    var azureEnvironment = ""

    @Option(help: .value("audience", "The audience of tokens; by default that of the cloud."))
    var azureAudience = ""

    @Option(help: .path("Where the token's volume is mounted in containers."))
    var azureTokenMountPath = AzureSettings().tokenMountPath

    @Option(help: .path("The path of the token's file in its volume."))
    var azureTokenPath = AzureSettings().tokenPath

    @Option(
        help: .value(
            "suffix",
            "The end of the annotation azure.workload.identity/use-… with which pods ask for the endpoint."
        )
    )
    var azureCustomTokenEndpointAnnotationSuffix = ""

    @Option(help: .value("audience", "The audience of tokens for the custom token endpoint."))
    var azureCustomTokenEndpointAudience = ""

    @Option(help: .url("The URL of the token endpoint; by default AZURE_KUBERNETES_TOKEN_PROXY."))
    var azureTokenProxy = ""

    @Option(help: .name("The TLS server name of the token endpoint; by default AZURE_KUBERNETES_SNI_NAME."))
    var azureTokenProxySniName = ""

    @Option(help: .value("pem", "The CA of the token endpoint; by default AZURE_KUBERNETES_CA_DATA."))
    var azureTokenProxyCaData = ""

    @Option(help: .name("The ConfigMap with that CA as ca.crt; by default AZURE_KUBERNETES_CA_CONFIGMAP_NAME."))
    var azureTokenProxyCaConfigMap = ""

    @Option(
        help: .name("The signer of ClusterTrustBundles with that CA; by default AZURE_KUBERNETES_CA_CTB_SIGNER_NAME.")
    )
    var azureTokenProxyCaSigner = ""

    @Option(help: .json("The bundles' label selector; by default AZURE_KUBERNETES_CA_CTB_LABEL_SELECTOR."))
    var azureTokenProxyCaSelector = ""

    @Option(help: .value("image", "The image of the proxy container; by default PROXY_IMAGE, or Azure's."))
    var azureProxyImage = ""

    @Option(help: .value("image", "The image of the proxy's init container; by default PROXY_INIT_IMAGE, or Azure's."))
    var azureProxyInitImage = ""

    @Option(help: .json("The resources of both containers; empty for none."))
    var azureProxyResources = ""

    func validate() throws {
        guard azureTokenMountPath.hasPrefix("/") else {
            throw ValidationError("--azure-token-mount-path must be an absolute path, not \"\(azureTokenMountPath)\"")
        }
        let elements = azureTokenPath.split(separator: "/", omittingEmptySubsequences: false)
        guard elements.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw ValidationError(
                "--azure-token-path must be a relative path without . and .., not \"\(azureTokenPath)\""
            )
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

        /// Both spellings, of which the first non-empty one is used.
        var names: [String] { ["CONFIG_" + rawValue, rawValue] }
    }

    /// The variables that are used because the corresponding flags are not given.
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

    /// - Parameter environment: The variables of the process.
    /// - Throws: `ValidationError` if flags and variables cannot be used together.
    func settings(environment: [String: String]) throws -> AzureSettings {
        func value(_ variable: Variable) -> String {
            let flag = flag(inPlaceOf: variable)
            return flag.isEmpty ? variable.names.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "" : flag
        }
        var settings = AzureSettings()
        settings.tenantID = value(.tenantID)
        guard !settings.tenantID.isEmpty else {
            throw ValidationError("--providers=azure needs --azure-tenant-id or AZURE_TENANT_ID")
        }
        let name = value(.environment)
        if !name.isEmpty {
            guard let cloud = AzureCloud(name: name) else {
                let known = FlagValueProblem.list(AzureCloud.allCases.map(\.rawValue))
                throw ValidationError("--azure-environment must be \(known), not \"\(name)\"")
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
