internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// The environment variables that the AWS SDKs read, in the order of the Amazon EKS webhook.
struct AWSEnvironment {
    private let region: String
    private let usesRegionalSTS: Bool
    private let sessionName: EnvironmentGroup.Variable?

    /// - Parameter sessionName: the variable for the name of a role's session; nil if the SDK makes one up.
    init(_ settings: AWSSettings, usesRegionalSTS: Bool, sessionName: EnvironmentGroup.Variable? = nil) {
        region = settings.region
        self.usesRegionalSTS = usesRegionalSTS
        self.sessionName = sessionName
    }

    /// - Parameters:
    ///   - method: the two variables that tell the SDKs how to get credentials, the path of the token last.
    ///   - values: their values.
    func groups(method: [String], values: [String]) -> [EnvironmentGroup] {
        var groups: [EnvironmentGroup] = []
        if usesRegionalSTS { groups.append(EnvironmentGroup(.addIfAbsent, [(Self.sts, "regional")])) }
        if !region.isEmpty {
            groups.append(EnvironmentGroup(.addIfNoneIsSet, Self.region.map { ($0, region) }))
        }
        let variables = zip(method, values).map { EnvironmentGroup.Variable($0, $1) }
        groups.append(EnvironmentGroup(.addIfNoneIsSet, variables))
        if let sessionName { groups.append(EnvironmentGroup(.addIfAbsent, [sessionName])) }
        return groups
    }

    /// What all injections by one method have in common. It is made once, because many requests take a copy.
    ///
    /// - Parameters:
    ///   - variables: those of the method, the path of the token last.
    ///   - token: the volume with the token, and the token's path in it.
    static func common(
        _ method: String,
        variables: [String],
        token: (volume: String, path: String),
        mountPath: String
    ) -> Injection {
        var injection = Injection(method: method, identity: "")
        applyCommon(to: &injection, method: variables)
        injection.files = [IdentityFile(variables.last, volume: token.volume, path: token.path)]
        injection.mounts = [InjectedMount(volume: token.volume, path: mountPath)]
        return injection
    }

    /// - Parameter method: the names of its variables.
    private static func applyCommon(to injection: inout Injection, method: [String]) {
        injection.identityVariables = method
        injection.overridingVariables = overriding
        injection.noun = AWSSettings.noun
        injection.skipContainerIfSet = [method, region, [sts]]
    }

    static let sts = "AWS_STS_REGIONAL_ENDPOINTS"
    static let region = ["AWS_DEFAULT_REGION", "AWS_REGION"]
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
        let shape = InjectionShape(
            environment: [
                (.addIfAbsent, [sts]), (.addIfNoneIsSet, region), (.addIfNoneIsSet, method.variables),
                (.addIfAbsent, [RoleSessionName.variable]),
            ],
            identityVariables: method.variables,
            fileVariable: fileVariable,
            volumes: []
        )
        return pod.injections(of: shape, method: method.name) { container, injection in
            let name = method.variables.first.flatMap { container.value(of: $0) } ?? ""
            injection.identity = name.cut(to: Annotations.maximumValue)
            injection.skippedContainers = skipped
            injection.acknowledgedContainers = acknowledged
            applyCommon(to: &injection, method: method.variables)
        }
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
