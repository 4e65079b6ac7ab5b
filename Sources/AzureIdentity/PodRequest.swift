internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// What a pod and its ServiceAccount request in addition to the identity itself.
struct PodRequest {
    /// The lifetime of the token in seconds.
    let expiration: Int64
    let skippedContainers: Set<String>
    /// The port of the proxy; nil if the pod requests none.
    let proxyPort: Int?
    let usesTokenEndpoint: Bool

    /// A setting that cannot be used, so that the pod is denied.
    struct Failure: Error, Equatable {
        let message: String
    }

    private static let lifetimes: ClosedRange<Int64> = 3600...86400
    private static let defaultLifetime: Int64 = 3600
    private static let ports = 1...65535
    private static let defaultPort = 8000

    /// - Parameter tokenEndpoint: The key of the annotation that requests the custom token endpoint; nil if there is
    ///   none.
    init(of pod: PodView, _ account: Annotations, tokenEndpoint: String?) throws(Failure) {
        let wantsProxy = pod.annotation(AzureKeys.injectProxy).map { GoSyntax.parseBool($0) != false } ?? false
        proxyPort = wantsProxy ? try Self.port(of: pod) : nil
        expiration = try Self.expiration(of: pod, account)
        skippedContainers = try Self.skippedContainers(of: pod)
        usesTokenEndpoint = tokenEndpoint.flatMap { pod.annotation($0) }?.lowercased() == "true"
    }

    private static func port(of pod: PodView) throws(Failure) -> Int {
        if pod.spec["hostNetwork"]?.bool ?? false {
            throw Failure(
                message:
                    "the proxy would redirect the traffic of the whole node, because the pod uses hostNetwork: "
                    + "remove hostNetwork or the annotation \(AzureKeys.injectProxy)"
            )
        }
        if pod.isForWindows {
            throw Failure(message: "the proxy runs on Linux only: remove the annotation \(AzureKeys.injectProxy)")
        }
        guard let text = pod.annotation(AzureKeys.proxyPort) else { return defaultPort }
        guard let number = GoSyntax.parseInt(text), let port = Int(exactly: number), ports.contains(port) else {
            throw Failure(
                message: "the pod's \(AzureKeys.proxyPort) must be a port from \(ports.lowerBound) to "
                    + "\(ports.upperBound), not \"\(text.abridged)\""
            )
        }
        return port
    }

    private static func expiration(of pod: PodView, _ account: Annotations) throws(Failure) -> Int64 {
        let texts = [
            ("pod", pod.annotation(AzureKeys.tokenExpiration)), ("ServiceAccount", account[AzureKeys.tokenExpiration]),
        ]
        for case (let owner, let text?) in texts where !text.isEmpty {
            if let problem = problem(ofExpiration: text) {
                throw Failure(message: "the \(owner)'s \(AzureKeys.tokenExpiration) \(problem)")
            }
            return GoSyntax.parseInt(text) ?? defaultLifetime
        }
        return defaultLifetime
    }

    /// Says why a lifetime cannot be used; nil if it can, or if there is none.
    static func problem(ofExpiration text: String) -> String? {
        if text.isEmpty { return nil }
        let seconds = GoSyntax.parseInt(text)
        guard seconds.map(lifetimes.contains) ?? false else {
            return "must be \(lifetimes.lowerBound) to \(lifetimes.upperBound) seconds, a whole number without a unit, "
                + "not \"\(text.abridged)\""
        }
        return nil
    }

    private static func skippedContainers(of pod: PodView) throws(Failure) -> Set<String> {
        guard let text = pod.annotation(AzureKeys.skipContainers) else { return [] }
        guard !Annotations.isCut(text) else {
            throw Failure(
                message: "the pod's \(AzureKeys.skipContainers) has more than \(Annotations.maximumValue) bytes: "
                    + "name fewer containers"
            )
        }
        let names = text.split(separator: ";").map { String($0).withoutSurroundingWhitespace }
        return Set(names.filter { !$0.isEmpty })
    }
}
