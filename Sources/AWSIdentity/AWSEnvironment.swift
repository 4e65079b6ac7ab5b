internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// The environment variables that the AWS SDKs read, in the order of the Amazon EKS webhook.
struct AWSEnvironment {
    private let region: String
    private let usesRegionalSTS: Bool
    private let sessionName: EnvironmentGroup.Variable?

    /// - Parameter sessionName: The variable with the role session name; nil if the SDK generates one.
    init(_ settings: AWSSettings, usesRegionalSTS: Bool, sessionName: EnvironmentGroup.Variable? = nil) {
        region = settings.region
        self.usesRegionalSTS = usesRegionalSTS
        self.sessionName = sessionName
    }

    /// - Parameters:
    ///   - method: The two variables that tell the SDKs how to get credentials, the path of the token last.
    ///   - values: Their values.
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

    /// The parts that all injections with the same method have in common. They are created once, because many requests
    /// copy them.
    ///
    /// - Parameters:
    ///   - variables: The variables of the method, the path of the token last.
    ///   - token: The volume with the token, and the token's path in it.
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

    /// - Parameter method: The names of its variables.
    private static func applyCommon(to injection: inout Injection, method: [String]) {
        injection.identityVariables = method
        injection.overridingVariables = overriding
        injection.noun = AWSSettings.noun
        injection.skipContainerIfSet = [method, region, [sts]]
    }

    static let sts = "AWS_STS_REGIONAL_ENDPOINTS"
    static let region = ["AWS_DEFAULT_REGION", "AWS_REGION"]
    /// The variables that the SDKs prefer to a token (SDKs and Tools Reference, "Standardized credential providers").
    private static let overriding = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]
    /// The variables that they prefer to container credentials.
    static let overridingContainerCredentials =
        overriding + ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]

    /// With regional endpoints, the SDKs must know the region to find STS.
    static let regionRequirement = VariableRequirement(sts, "regional", needsOneOf: region.reversed())

    /// Finds out what the containers of a pod got from an earlier injection, which is nothing if the pod must be
    /// skipped.
    ///
    /// - Parameter method: The name and the variables of the method, the path of the token last.
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
