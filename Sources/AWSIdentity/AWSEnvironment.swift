internal import GoSyntax
internal import JSON
internal import PodIdentity

/// The environment variables that the AWS SDKs read, in the order of the Amazon EKS webhook.
struct AWSEnvironment {
    private let region: String
    private let usesRegionalSTS: Bool

    init(_ settings: AWSSettings, usesRegionalSTS: Bool) {
        region = settings.region
        self.usesRegionalSTS = usesRegionalSTS
    }

    /// - Parameter method: the two variables that tell the SDKs how to get credentials.
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

    private static func applyCommon(to injection: inout Injection, method: [String]) {
        injection.identityVariables = method
        injection.overridingVariables = overriding
        injection.skipContainerIfSet = [method, region, [sts]]
    }

    private static let sts = "AWS_STS_REGIONAL_ENDPOINTS"
    private static let region = ["AWS_DEFAULT_REGION", "AWS_REGION"]
    /// What the SDKs use in preference to a token (SDKs and Tools Reference, "Standardized credential providers").
    private static let overriding = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE"]

    /// Finds what the containers of a pod got from an earlier injection, which is nothing if the pod is to be skipped.
    static func injections(
        in pod: PodView,
        _ keys: AnnotationKeys,
        volume: String,
        method: (name: String, variables: [String])
    ) -> [(container: ContainerView, injection: Injection)] {
        guard pod.label(keys.skipLabel) == nil else { return [] }
        var warnings: Warnings = []
        let skipped = keys.skippedContainers(of: pod, Annotations(), warnings: &warnings)
        return pod.containers.compactMap { container in
            guard var injection = injection(of: container, volume: volume, method: method) else { return nil }
            injection.skippedContainers = skipped
            return (container, injection)
        }
    }

    /// What a container got from an earlier injection; nil if it lacks a variable of the method or the mount.
    private static func injection(
        of container: ContainerView,
        volume: String,
        method: (name: String, variables: [String])
    ) -> Injection? {
        let mounts = container.volumeMounts?.elements.first { $0["name"]?.string == volume }
        guard let path = mounts?["mountPath"]?.string else { return nil }
        var values: [String: String] = [:]
        if let environment = container.environment {
            for variable in environment.elements {
                guard let name = variable["name"]?.string, let value = variable["value"]?.string else { continue }
                values[name] = value
            }
        }
        func group(_ policy: EnvironmentGroup.Policy, _ names: [String]) -> EnvironmentGroup {
            EnvironmentGroup(policy, names.compactMap { name in values[name].map { (name, $0) } })
        }
        let identity = group(.addIfNoneIsSet, method.variables)
        guard identity.variables.count == method.variables.count else { return nil }
        var injection = Injection(
            method: method.name,
            identity: (identity.variables.first?.value ?? "").cut(to: Annotations.maximumValue)
        )
        injection.environment = [group(.addIfAbsent, [sts]), group(.addIfNoneIsSet, region), identity]
        injection.mounts = [TokenMount(volume: volume, path: path)]
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
