internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// Microsoft Entra Workload ID: the pod gets a token that it exchanges for one of an application or a managed identity,
/// which trusts the pod's ServiceAccount. The Azure SDKs do this automatically when they find the variables.
///
/// Only pods with the label `azure.workload.identity/use: "true"` are changed. They request the identity, so they are
/// denied if they cannot have it.
package struct AzureIdentityProvider: IdentityProvider {
    private let settings: AzureSettings
    /// The key of the annotation with which a pod requests the custom token endpoint; nil if there is none.
    private let endpointKey: String?

    package init(settings: AzureSettings) {
        self.settings = settings
        endpointKey = settings.tokenEndpoint.map { Self.endpointKey($0.annotationSuffix) }
    }

    /// - Parameter suffix: The suffix of the annotation with which a pod requests the custom token endpoint.
    package static func endpointKey(_ suffix: String) -> String { "\(AzureKeys.use)-\(suffix)" }

    package let cloud = "azure"

    package let podLabels = [AzureKeys.use: "true"]

    package let serviceAccountAnnotations = AzureKeys.ofServiceAccounts

    package let annotationPrefix = AzureKeys.prefix

    /// The version determines whether the proxy is a sidecar.
    package let needsServerVersion = true

    package let assumesDefaultServiceAccount = true

    package func givesIdentity(_ annotations: Annotations) -> Bool {
        annotations[AzureKeys.clientID].map { !$0.isEmpty } ?? false
    }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        let client = annotations[AzureKeys.clientID] ?? ""
        if !client.isEmpty, let problem = AzureIdentifier.problem(ofClient: client) {
            problems.append("\(problem) (\(AzureKeys.clientID))")
        }
        if annotations[AzureKeys.clientID]?.isEmpty ?? false {
            problems.append("\(AzureKeys.clientID) is empty, so its pods get no client ID")
        }
        if let tenant = annotations[AzureKeys.tenantID] { problems += Self.problems(ofTenant: tenant) }
        if let problem = annotations[AzureKeys.tokenExpiration].flatMap(PodRequest.problem(ofExpiration:)) {
            problems.append("\(AzureKeys.tokenExpiration) \(problem); pods that set none of their own are denied")
        }
        for (key, _) in annotations.pairs where key.hasPrefix(annotationPrefix) {
            if AzureKeys.ofPods.contains(key) || key == endpointKey {
                problems.append("ignored on a ServiceAccount, because it is a pod annotation: \(key)")
            } else if !serviceAccountAnnotations.contains(key) {
                problems.append(
                    Spelling.unknownAnnotation(key, prefix: annotationPrefix, known: serviceAccountAnnotations)
                )
            }
        }
        return problems
    }

    private static func problems(ofTenant text: String) -> Warnings {
        if text.isEmpty { return ["\(AzureKeys.tenantID) is empty, so no AZURE_TENANT_ID is given: remove it"] }
        return AzureIdentifier.problem(ofTenant: text).map { ["\($0) (\(AzureKeys.tenantID))"] } ?? []
    }

    package var podKeys: PodKeys? { PodKeys(prefixes: [AzureKeys.prefix]) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.usesAzure else { return Decision(.leaveAlone(.noIdentity)).within(.podsAlike) }
        // The proxy depends on the pod's own containers and on its network.
        let wantsProxy = pod.annotation(AzureKeys.injectProxy) != nil
        return decide(pod, inputs).within(wantsProxy ? .pod : .podsOfName)
    }

    private func decide(_ pod: PodView, _ inputs: DecisionInputs) -> Decision {
        guard let account = pod.effectiveServiceAccount else { return Decision(.leaveAlone(.noServiceAccount)) }
        switch inputs.serviceAccount {
        case .known(let annotations): return inject(account, annotations, pod, inputs.serverVersion)
        case .unknown: return Decision(.needs(.serviceAccount(account)))
        case .absent:
            let message = "the ServiceAccount \(account) does not exist: create it before its pods"
            return Decision(.deny(Denial(.serviceAccountNotFound, message)))
        case .unavailable(let reason):
            let message = "the ServiceAccount \(account) could not be looked up, so try again: \(reason)"
            return Decision(.deny(Denial(code: 503, .serviceAccountUnavailable, message)))
        }
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        pod.usesAzure ? AzureInjection.injections(in: pod) : []
    }

    private func inject(
        _ account: NamespacedName,
        _ annotations: Annotations,
        _ pod: PodView,
        _ version: ServerVersion?
    ) -> Decision {
        let request: PodRequest
        do {
            request = try PodRequest(of: pod, annotations, tokenEndpoint: endpointKey)
        } catch {
            return Decision(.deny(Denial(.invalidSetting, error.message)))
        }
        if request.proxyPort != nil, version == nil {
            let message = "the API server's version, on which the proxy depends, is not known yet: try again"
            return Decision(.deny(Denial(code: 503, .serverVersionUnavailable, message)))
        }
        let client = annotations[AzureKeys.clientID] ?? ""
        // An existing annotation takes precedence even if it is empty.
        let tenant = annotations[AzureKeys.tenantID] ?? settings.tenantID
        var injection = AzureInjection(settings: settings, client: client, tenant: tenant, request: request)
            .injection(for: pod)
        injection.malformation =
            client.isEmpty ? nil : AzureIdentifier.problem(ofClient: client)
        if injection.malformation == nil, !tenant.isEmpty {
            injection.malformation = AzureIdentifier.problem(ofTenant: tenant)
        }
        var warnings = warnings(of: pod, account, annotations, injection)
        if let port = request.proxyPort, let version {
            addProxy(port, version, to: &injection, pod, &warnings)
        }
        return Decision(.inject(injection), warnings: warnings)
    }

    private func warnings(
        of pod: PodView,
        _ account: NamespacedName,
        _ annotations: Annotations,
        _ injection: Injection
    ) -> Warnings {
        var warnings: Warnings = []
        if let malformation = injection.malformation {
            warnings.append("\(malformation), in an annotation of the ServiceAccount \(account)")
        }
        if annotations[AzureKeys.clientID]?.isEmpty ?? true {
            warnings.append(
                "no AZURE_CLIENT_ID is given, because the ServiceAccount \(account) has no \(AzureKeys.clientID)"
            )
        }
        if annotations[AzureKeys.tenantID]?.isEmpty ?? false {
            warnings.append(
                "no AZURE_TENANT_ID is given, because \(AzureKeys.tenantID) of the ServiceAccount \(account) is empty"
            )
        }
        for key in [AzureKeys.clientID, AzureKeys.tenantID] where pod.annotation(key) != nil {
            warnings.append("ignored on a pod, because it is a ServiceAccount annotation: \(key)")
        }
        return warnings
    }

    private func addProxy(
        _ port: Int,
        _ version: ServerVersion,
        to injection: inout Injection,
        _ pod: PodView,
        _ warnings: inout Warnings
    ) {
        let proxy = ProxyContainers(
            settings: settings.proxy,
            port: port,
            isSidecar: version >= ProxyContainers.firstVersionWithSidecars
        )
        if injection.skippedContainers.remove(ProxyContainers.needingIdentity) != nil {
            warnings.append("\(ProxyContainers.needingIdentity) is not skipped, because it answers with the identity")
        }
        injection.containers = proxy.containers(for: pod, injection)
        guard ProxyContainers.addsPrivileges(to: pod) else { return }
        warnings.append(
            "the proxy's init container is privileged, which the Pod Security levels baseline and restricted forbid"
        )
    }
}
