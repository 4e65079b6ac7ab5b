internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// Variables, volume and mount, in the order and under the names of Azure's own webhook.
struct AzureInjection {
    static let method = "workload_identity"

    private static let volumePrefix = "azure-workload-identity-reserved-"
    private static let clientID = "AZURE_CLIENT_ID"
    private static let tenantID = "AZURE_TENANT_ID"
    private static let tokenFile = "AZURE_FEDERATED_TOKEN_FILE"
    private static let authorityHost = "AZURE_AUTHORITY_HOST"
    private static let tokenProxy = "AZURE_KUBERNETES_TOKEN_PROXY"
    private static let serverName = "AZURE_KUBERNETES_SNI_NAME"
    private static let authorityFile = "AZURE_KUBERNETES_CA_FILE"
    private static let authorityData = "AZURE_KUBERNETES_CA_DATA"

    /// The variables that the SDKs prefer to a token: `DefaultAzureCredential` tries `EnvironmentCredential` first.
    private static let overriding = ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"]

    /// The path, in the volume, of the certificates of a custom token endpoint, and their key in a ConfigMap.
    private static let authorityPath = "ca-cert/ca.crt"
    private static let authorityKey = "ca.crt"

    let settings: AzureSettings
    /// Empty if the identity is specified elsewhere, such as in the container's own code.
    let client: String
    /// Empty if there is none.
    let tenant: String
    let request: PodRequest

    private var endpoint: CustomTokenEndpoint? { request.usesTokenEndpoint ? settings.tokenEndpoint : nil }

    private static let grant =
        "which must have a federated credential with this cluster's issuer, subject {subject} and audience {audience}"

    /// The injection without the containers of the proxy.
    func injection(for pod: PodView) -> Injection {
        let identity = client.isEmpty ? "no client ID\(tenant.isEmpty ? "" : " in tenant \(tenant)")" : client
        var injection = Injection(method: Self.method, identity: identity.cut(to: Annotations.maximumValue))
        injection.isGrantedBySubject = true
        injection.grant = Self.grant
        injection.isForWindows = pod.isForWindows
        injection.skippedContainers = request.skippedContainers
        injection.overridingVariables = Self.overriding
        let volume = Self.volumeName(for: pod)
        injection.volumes = [self.volume(named: volume)]
        injection.mounts = [
            InjectedMount(volume: volume, path: settings.tokenMountPath, policy: .replace, isAlwaysAdded: true)
        ]
        injection.environment = [EnvironmentGroup(.addIfAbsent, variables)]
        injection.files = [IdentityFile(Self.tokenFile, volume: volume, path: settings.tokenPath)]
        if hasAuthorityFile {
            injection.files.append(IdentityFile(Self.authorityFile, volume: volume, path: Self.authorityPath))
        }
        let names = Set(variables.map(\.name))
        injection.identityVariables = [Self.clientID, Self.tenantID, Self.tokenFile, Self.authorityFile].filter {
            names.contains($0)
        }
        return injection
    }

    /// The variables that have a value.
    var variables: [EnvironmentGroup.Variable] {
        var values = [
            (Self.clientID, client), (Self.tenantID, tenant), (Self.tokenFile, path(settings.tokenPath)),
            (Self.authorityHost, settings.cloud.authorityHost),
        ]
        if let endpoint {
            values += [(Self.tokenProxy, endpoint.url), (Self.serverName, endpoint.serverName)]
            // The SDKs reject the combination of both, and a file that does not exist.
            if hasAuthorityFile { values.append((Self.authorityFile, path(Self.authorityPath))) }
            if case .data(let text) = endpoint.authorities { values.append((Self.authorityData, text)) }
        }
        return values.filter { !$0.1.isEmpty }.map { .init($0.0, EnvironmentGroup.Variable.escape($0.1)) }
    }

    private func path(_ file: String) -> String { GoSyntax.cleanPath("\(settings.tokenMountPath)/\(file)") }

    private var hasAuthorityFile: Bool {
        switch endpoint?.authorities {
        case .configMap, .trustBundle: true
        case nil, .system, .data: false
        }
    }

    private func volume(named name: String) -> InjectedVolume {
        var sources = [
            InjectedVolume.Source.token(
                .init(
                    audience: endpoint?.audience ?? settings.tokenAudience,
                    expirationSeconds: request.expiration,
                    path: settings.tokenPath
                )
            )
        ]
        switch endpoint?.authorities {
        case .configMap(let name):
            let item = InjectedVolume.ConfigMap.Item(key: Self.authorityKey, path: Self.authorityPath)
            sources.append(.configMap(.init(name: name, items: [item], isOptional: false)))
        case .trustBundle(let signer, let selector):
            sources.append(
                .trustBundle(
                    .init(
                        signerName: signer,
                        labelSelector: selector,
                        path: Self.authorityPath,
                        isOptional: false
                    )
                )
            )
        case nil, .system, .data: break
        }
        return InjectedVolume(name, .projected(sources), policy: .replace, isAlwaysAdded: true)
    }

    /// The maximum length of a volume's name (`core/v1` Volume: a DNS label).
    private static let maximumName = 63

    /// A name that the pod's author is unlikely to have chosen, and that is the same each time the pod is seen.
    static func volumeName(for pod: PodView) -> String {
        let name = pod.metadata?["name"]?.string ?? ""
        let source = name.isEmpty ? (pod.metadata?["generateName"]?.string ?? "") + " (prefix)" : name
        let hash = SHA256.hexadecimal(of: Array(source.utf8))
        return volumePrefix + String(hash.prefix(maximumName - volumePrefix.utf8.count))
    }
}

extension AzureInjection {
    /// Finds out what the containers of a pod got from an earlier injection.
    static func injections(in pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        let names = [
            clientID, tenantID, tokenFile, authorityHost, tokenProxy, serverName, authorityFile, authorityData,
        ]
        let shape = InjectionShape(
            environment: [(.addIfAbsent, names)],
            identityVariables: [tokenFile],
            fileVariable: tokenFile,
            volumes: [volumePrefix]
        )
        let skipped = (try? PodRequest(of: pod, Annotations(), tokenEndpoint: nil))?.skippedContainers ?? []
        return pod.injections(of: shape, method: method) { container, injection in
            injection.identity = container.value(of: clientID)?.cut(to: Annotations.maximumValue) ?? ""
            injection.identityVariables = [clientID, tenantID, tokenFile].filter { container.sets($0) }
            injection.overridingVariables = overriding
            injection.skippedContainers = skipped
            injection.isGrantedBySubject = true
        }
    }
}
