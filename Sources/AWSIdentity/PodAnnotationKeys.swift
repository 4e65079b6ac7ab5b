internal import PodIdentity

/// The annotations and labels that pods carry, whatever the method.
struct PodAnnotationKeys: Sendable {
    let tokenExpiration: String
    let skipContainers: String
    let skipLabel: String

    init(_ settings: AWSSettings) {
        tokenExpiration = settings.key("token-expiration")
        skipContainers = settings.key("skip-containers")
        skipLabel = settings.key("skip-pod-identity-webhook")
    }

    /// The pod's own, else the ServiceAccount's; nil if neither can be used.
    func expiration(of pod: PodView, _ annotations: Annotations, warnings: inout [String]) -> TokenExpiration? {
        if let text = pod.annotation(tokenExpiration),
            let own = TokenExpiration.parse(text, source: "the pod's \(tokenExpiration)", warnings: &warnings)
        {
            return own
        }
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
