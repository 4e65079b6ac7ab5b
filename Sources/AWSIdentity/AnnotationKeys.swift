internal import GoSyntax
internal import PodIdentity
internal import ProviderSupport

/// The annotations and labels that all AWS providers read.
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

    /// The lifetime that the pod sets, which takes precedence over all others; nil if it sets no usable one.
    func expiration(of pod: PodView, warnings: inout Warnings) -> TokenExpiration? {
        guard let text = pod.annotation(tokenExpiration) else { return nil }
        return TokenExpiration.parse(text, source: "the pod's \(tokenExpiration)", warnings: &warnings)
    }

    /// The lifetime that a ServiceAccount or its Namespace sets; nil if it sets no usable one.
    func expiration(
        of annotations: Annotations,
        on owner: String = "the ServiceAccount",
        warnings: inout Warnings
    ) -> TokenExpiration? {
        guard let text = annotations[tokenExpiration] else { return nil }
        return TokenExpiration.parse(text, source: "\(owner)'s \(tokenExpiration)", warnings: &warnings)
    }

    /// The names of all containers that the pod or its ServiceAccount excludes.
    func skippedContainers(of pod: PodView, _ annotations: Annotations, warnings: inout Warnings) -> Set<String> {
        let texts = [("the pod", pod.annotation(skipContainers)), ("the ServiceAccount", annotations[skipContainers])]
        var names: Set<String> = []
        for case (let owner, let text?) in texts {
            names.formUnion(skippedContainers(text, on: owner, warnings: &warnings))
        }
        return names
    }

    private func skippedContainers(_ text: String, on owner: String, warnings: inout Warnings) -> [String] {
        guard !Annotations.isCut(text) else {
            warnings.append(
                "\(owner)'s \(skipContainers) is longer than \(Annotations.maximumValue) bytes; nothing is skipped"
            )
            return []
        }
        guard let record = GoSyntax.csvRecord(text) else {
            warnings.append("\(owner)'s \(skipContainers) is not a comma-separated list of names; nothing is skipped")
            return []
        }
        return record.map(Self.trim).filter { !$0.isEmpty }
    }

    /// What is wrong with the settings of a ServiceAccount, apart from its role.
    func problems(of annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        _ = expiration(of: annotations, warnings: &problems)
        if let text = annotations[skipContainers] {
            _ = skippedContainers(text, on: "the ServiceAccount", warnings: &problems)
        }
        if let text = annotations[regionalSTS], GoSyntax.parseBool(text) == nil {
            problems.append("\(regionalSTS): \"\(text.prefix(40))\" is neither true nor false; it is ignored")
        }
        return problems
    }

    private static func trim(_ name: String) -> String {
        String(name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension DecisionInputs.Object {
    /// The annotations of the object, which are empty if it is not known.
    var annotations: Annotations {
        if case .known(let annotations) = self { annotations } else { Annotations() }
    }
}
