internal import PodIdentity

/// The environment variables that the AWS SDKs read, and their order.
struct AWSEnvironment {
    private let region: String
    private let usesRegionalSTS: Bool

    init(_ settings: AWSSettings, usesRegionalSTS: Bool) {
        region = settings.region
        self.usesRegionalSTS = usesRegionalSTS
    }

    /// - Parameter method: the two variables of the way in which the pod gets its credentials.
    func apply(to injection: inout Injection, method: [(name: String, value: String)]) {
        if usesRegionalSTS {
            injection.environment.append(EnvironmentGroup(.addIfAbsent, [("AWS_STS_REGIONAL_ENDPOINTS", "regional")]))
        }
        if !region.isEmpty {
            injection.environment.append(
                EnvironmentGroup(.addIfNoneIsSet, [("AWS_DEFAULT_REGION", region), ("AWS_REGION", region)])
            )
        }
        injection.environment.append(EnvironmentGroup(.addIfNoneIsSet, method))
        injection.credentialVariables = method.map(\.name)
        injection.completeWhenSet = [
            method.map(\.name), ["AWS_DEFAULT_REGION", "AWS_REGION"], ["AWS_STS_REGIONAL_ENDPOINTS"],
        ]
    }

    /// The path of a file below a mount, as the container's operating system writes it.
    static func file(_ name: String, in mountPath: String, isForWindows: Bool) -> String {
        let path = GoSyntax.cleanPath("\(mountPath)/\(name)")
        guard isForWindows else { return path }
        return "C:" + String(path.map { $0 == "/" ? "\\" : $0 })
    }
}
