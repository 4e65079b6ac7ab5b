internal import GoSyntax
internal import PodIdentity
internal import ProviderSupport

/// The annotations and labels that all AWS providers read.
struct AnnotationKeys: Sendable {
    let regionalSTS: String
    let tokenExpiration: String
    let skipContainers: String
    let acknowledgeWarnings: String
    let containerRoles: String
    let roleSessionName: String
    let skipLabel: String

    init(_ settings: AWSSettings) {
        regionalSTS = settings.key("sts-regional-endpoints")
        tokenExpiration = settings.key("token-expiration")
        skipContainers = settings.key("skip-containers")
        acknowledgeWarnings = settings.key("acknowledge-warnings")
        containerRoles = settings.key("container-roles")
        roleSessionName = settings.key("role-session-name")
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

    /// The ServiceAccount's setting for role session names; nil if there is none that is known.
    func roleSessionName(of annotations: Annotations) -> RoleSessionName? {
        annotations[roleSessionName].flatMap { RoleSessionName(rawValue: $0.withoutSurroundingWhitespace) }
    }

    /// The names of all containers that the pod or its ServiceAccount excludes.
    func skippedContainers(of pod: PodView, _ annotations: Annotations, warnings: inout Warnings) -> Set<String> {
        containers(in: skipContainers, of: pod, annotations, otherwise: Self.noneSkipped, &warnings)
    }

    /// The names of all containers whose own settings should not cause warnings.
    func acknowledgedContainers(of pod: PodView, _ annotations: Annotations, warnings: inout Warnings) -> Set<String> {
        containers(in: acknowledgeWarnings, of: pod, annotations, otherwise: Self.noneAcknowledged, &warnings)
    }

    private static let noneSkipped = "nothing is skipped"
    private static let noneAcknowledged = "no warning is acknowledged"

    private func containers(
        in key: String,
        of pod: PodView,
        _ annotations: Annotations,
        otherwise consequence: String,
        _ warnings: inout Warnings
    ) -> Set<String> {
        let texts = [("the pod", pod.annotation(key)), ("the ServiceAccount", annotations[key])]
        var names: Set<String> = []
        for case (let owner, let text?) in texts {
            names.formUnion(Self.containers(text, source: "\(owner)'s \(key)", otherwise: consequence, &warnings))
        }
        return names
    }

    /// - Parameter consequence: The consequence of a list that cannot be read.
    private static func containers(
        _ text: String,
        source: String,
        otherwise consequence: String,
        _ warnings: inout Warnings
    ) -> [String] {
        guard !Annotations.isCut(text) else {
            warnings.append("more than \(Annotations.maximumValue) bytes, so \(consequence): \(source)")
            return []
        }
        guard let record = GoSyntax.csvRecord(text) else {
            warnings.append("not a comma-separated list of names, so \(consequence): \(source)")
            return []
        }
        return record.map(\.withoutSurroundingWhitespace).filter { !$0.isEmpty }
    }

    /// What is wrong with the settings of a ServiceAccount, apart from its role.
    func problems(of annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        _ = expiration(of: annotations, warnings: &problems)
        for (key, consequence) in [(skipContainers, Self.noneSkipped), (acknowledgeWarnings, Self.noneAcknowledged)] {
            guard let text = annotations[key] else { continue }
            _ = Self.containers(text, source: "the ServiceAccount's \(key)", otherwise: consequence, &problems)
        }
        if let text = annotations[roleSessionName], roleSessionName(of: annotations) == nil {
            let names = RoleSessionName.allCases.map(\.rawValue).joined(separator: " nor ")
            problems.append("\"\(text.abridged)\" is neither \(names); it is ignored (\(roleSessionName))")
        }
        if let text = annotations[regionalSTS], GoSyntax.parseBool(text) == nil {
            problems.append("\"\(text.abridged)\" is neither true nor false; it is ignored (\(regionalSTS))")
        }
        return problems
    }
}

extension DecisionInputs.Object {
    /// The annotations of the object, which are empty if it is not known.
    var annotations: Annotations {
        if case .known(let annotations) = self { annotations } else { Annotations() }
    }
}
