internal import PodIdentity

/// The annotations and labels that all methods read.
struct AnnotationKeys: Sendable {
    let regionalSTS: String
    let tokenExpiration: String
    let skipContainers: String
    let skipLabel: String

    init(_ settings: AWSSettings) {
        regionalSTS = settings.key("sts-regional-endpoints")
        tokenExpiration = settings.key("token-expiration")
        skipContainers = settings.key("skip-containers")
        skipLabel = settings.key("skip-pod-identity-webhook")
    }

    /// The pod's own, which comes before all others; nil if it has none that can be used.
    func expiration(of pod: PodView, warnings: inout [String]) -> TokenExpiration? {
        guard let text = pod.annotation(tokenExpiration) else { return nil }
        return TokenExpiration.parse(text, source: "the pod's \(tokenExpiration)", warnings: &warnings)
    }

    /// The ServiceAccount's; nil if it has none that can be used.
    func expiration(of annotations: Annotations, warnings: inout [String]) -> TokenExpiration? {
        guard let text = annotations[tokenExpiration] else { return nil }
        return TokenExpiration.parse(text, source: "the ServiceAccount's \(tokenExpiration)", warnings: &warnings)
    }

    /// What the pod and its ServiceAccount name together.
    func skippedContainers(of pod: PodView, _ annotations: Annotations) -> Set<String> {
        let texts = [pod.annotation(skipContainers), annotations[skipContainers]].compactMap { $0 }
        return Set(texts.flatMap { GoSyntax.csvRecord($0) ?? [] }.map(Self.trim).filter { !$0.isEmpty })
    }

    private static func trim(_ name: String) -> String {
        String(name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension Sources.ServiceAccount {
    /// None if it is not known.
    var annotations: Annotations {
        if case .known(let annotations) = self { annotations } else { Annotations() }
    }
}
