internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// The environment variables that the AWS SDKs read, in the order of the Amazon EKS webhook.
struct AWSEnvironment {
    private let region: String
    private let usesRegionalSTS: Bool

    init(_ settings: AWSSettings, usesRegionalSTS: Bool) {
        region = settings.region
        self.usesRegionalSTS = usesRegionalSTS
    }

    /// - Parameter method: the two variables that tell the SDKs how to get credentials, the path of the token last.
    func apply(to injection: inout Injection, method: [(name: String, value: String)]) {
        if usesRegionalSTS {
            injection.environment.append(EnvironmentGroup(.addIfAbsent, [(Self.sts, "regional")]))
        }
        if !region.isEmpty {
            injection.environment.append(EnvironmentGroup(.addIfNoneIsSet, Self.region.map { ($0, region) }))
        }
        injection.environment.append(EnvironmentGroup(.addIfNoneIsSet, method))
        Self.applyCommon(to: &injection, method: method.map(\.name))
    }

    /// - Parameter method: its variables, of which the last one has the path of the token.
    private static func applyCommon(to injection: inout Injection, method: [String]) {
        injection.identityVariables = method
        injection.tokenFileVariable = method.last
        injection.overridingVariables = overriding
        injection.skipContainerIfSet = [method, region, [sts]]
    }

    private static let sts = "AWS_STS_REGIONAL_ENDPOINTS"
    private static let region = ["AWS_DEFAULT_REGION", "AWS_REGION"]
    /// What the SDKs use in preference to a token (SDKs and Tools Reference, "Standardized credential providers").
    private static let overriding = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]
    /// What they use in preference to container credentials.
    static let overridingContainerCredentials =
        overriding + ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]

    /// With regional endpoints, the SDKs must know the region to find STS.
    static let regionRequirement = VariableRequirement(sts, "regional", needsOneOf: region.reversed())

    /// Finds what the containers of a pod got from an earlier injection, which is nothing if the pod is to be skipped.
    ///
    /// - Parameter method: its name and its variables, the path of the token last.
    static func injections(
        in pod: PodView,
        _ keys: AnnotationKeys,
        method: (name: String, variables: [String])
    ) -> [(container: ContainerView, injection: Injection)] {
        guard pod.label(keys.skipLabel) == nil, let fileVariable = method.variables.last else { return [] }
        var warnings: Warnings = []
        let skipped = keys.skippedContainers(of: pod, Annotations(), warnings: &warnings)
        let acknowledged = keys.acknowledgedContainers(of: pod, Annotations(), warnings: &warnings)
        let isForWindows = pod.isForWindows
        return pod.tokens(through: fileVariable).compactMap { container, token in
            guard var injection = injection(of: container, token, isForWindows: isForWindows, method: method) else {
                return nil
            }
            injection.skippedContainers = skipped
            injection.acknowledgedContainers = acknowledged
            return (container, injection)
        }
    }

    /// What a container got from an earlier injection; nil if it lacks a variable of the method.
    private static func injection(
        of container: ContainerView,
        _ token: MountedToken,
        isForWindows: Bool,
        method: (name: String, variables: [String])
    ) -> Injection? {
        func group(_ policy: EnvironmentGroup.Policy, _ names: [String]) -> EnvironmentGroup {
            EnvironmentGroup(policy, names.compactMap { name in container.value(of: name).map { (name, $0) } })
        }
        let identity = group(.addIfNoneIsSet, method.variables)
        guard identity.variables.count == method.variables.count else { return nil }
        var injection = Injection(
            method: method.name,
            identity: (identity.variables.first?.value ?? "").cut(to: Annotations.maximumValue)
        )
        injection.environment = [group(.addIfAbsent, [sts]), group(.addIfNoneIsSet, region), identity]
        // The lifetime is that of the pod's volume, which stays.
        injection.volumes = [
            ProjectedTokenVolume(
                name: token.volume,
                audience: token.audience,
                expirationSeconds: TokenExpiration.default.seconds,
                path: token.path
            )
        ]
        injection.isForWindows = isForWindows
        injection.mounts = [TokenMount(volume: token.volume, path: token.mountPath)]
        applyCommon(to: &injection, method: method.variables)
        return injection
    }
}

/// The path of a file below a mount, in the syntax of the container's operating system.
struct TokenPath: Sendable {
    let onLinux: String
    let onWindows: String

    init(_ name: String, in mountPath: String) {
        onLinux = GoSyntax.cleanPath("\(mountPath)/\(name)")
        onWindows = "C:" + String(onLinux.map { $0 == "/" ? "\\" : $0 })
    }
}
