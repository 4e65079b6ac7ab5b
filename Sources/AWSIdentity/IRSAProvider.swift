internal import GoSyntax
internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// IAM roles for service accounts: the pod gets a token that it exchanges for the role's credentials with
/// `sts:AssumeRoleWithWebIdentity`. The AWS SDKs do this automatically when they find the two variables.
///
/// The role comes from the ServiceAccount's annotation; otherwise from the ConfigMap, which is also used for an account
/// that is not known yet or does not exist; otherwise from the Namespace's annotation, if such annotations are enabled.
package struct IRSAProvider: IdentityProvider {
    static let method = "sts_web_identity"
    static let variables = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]
    static let volume = "aws-iam-token"
    static let tokenFile = "token"

    let settings: AWSSettings
    let roleARN: String
    let audience: String
    let keys: AnnotationKeys
    let configMap: ProviderConfigurationSource?
    let tokenPath: TokenPath
    let common: Injection

    package init(settings: AWSSettings) {
        self.settings = settings
        roleARN = settings.key("role-arn")
        audience = settings.key("audience")
        keys = AnnotationKeys(settings)
        configMap = settings.configMapNamespace.map(ConfigMapEntries.source)
        tokenPath = TokenPath(Self.tokenFile, in: settings.tokenMountPath)
        var common = AWSEnvironment.common(
            Self.method,
            variables: Self.variables,
            token: (Self.volume, Self.tokenFile),
            mountPath: settings.tokenMountPath
        )
        common.malformedReason = .malformedRole
        common.isGrantedBySubject = true
        common.grant = "whose trust policy must allow sub {subject} and aud {audience}"
        common.requirements = [AWSEnvironment.regionRequirement]
        self.common = common
    }

    package let cloud = AWSSettings.cloud

    package let noun = AWSSettings.noun

    package let auditKeys = AWSSettings.auditKeys

    package var serviceAccountAnnotations: [String] {
        [
            roleARN, keys.containerRoles, audience, keys.regionalSTS, keys.tokenExpiration, keys.skipContainers,
            keys.acknowledgeWarnings, keys.roleSessionName,
        ]
    }

    package var annotationPrefix: String { settings.key("") }

    package var configurations: [ProviderConfigurationSource] { configMap.map { [$0] } ?? [] }

    package func givesIdentity(_ annotations: Annotations) -> Bool {
        [roleARN, keys.containerRoles].contains { key in
            annotations[key].map { !$0.withoutSurroundingWhitespace.isEmpty } ?? false
        }
    }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        let containers = containerRoles(of: annotations, warnings: &problems)
        if let role = role(of: annotations, containers) {
            for (text, source) in role.malformations { problems.append("\(text), in \(source)") }
        } else if annotations[roleARN] != nil, annotations[keys.containerRoles] == nil {
            problems.append("\(roleARN) is empty, so it gives no role")
        }
        for key in [roleARN, audience] {
            guard let text = annotations[key], text != text.withoutSurroundingWhitespace, givesIdentity(annotations)
            else { continue }
            problems.append("white space around \(key) is ignored: \"\(text.abridged)\"")
        }
        _ = audience(of: annotations, warnings: &problems)
        problems += keys.problems(of: annotations)
        let known = Set(serviceAccountAnnotations)
        for (key, _) in annotations.pairs where key.hasPrefix(annotationPrefix) && !known.contains(key) {
            problems.append(Spelling.unknownAnnotation(key, prefix: annotationPrefix, known: known))
        }
        return problems
    }

    package var podKeys: PodKeys? { PodKeys(prefixes: [annotationPrefix]) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        // The name of the pod may be the role session name.
        let names = [inputs.serviceAccount, inputs.namespace].map {
            $0.flatMap { keys.roleSessionName(of: $0.annotations) }
        }
        let readsName = (names + [settings.roleSessionName]).contains(.ofPod)
        return decide(pod, inputs).within(readsName ? .podsOfName : .podsAlike)
    }

    private func decide(_ pod: PodView, _ inputs: DecisionInputs) -> Decision {
        guard let account = pod.serviceAccount else { return Decision(.leaveAlone(.noServiceAccount)) }
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)) }
        let annotations = inputs.serviceAccount.annotations
        var warnings: Warnings = []
        let containers = containerRoles(of: annotations, warnings: &warnings)
        guard warnings.isEmpty else { return Decision(.leaveAlone(.invalidSetting), warnings: warnings) }
        if let role = role(of: annotations, containers) ?? role(of: account, inputs) {
            return inject(role, pod, annotations)
        }
        switch inputs.serviceAccount {
        case .known:
            let namespace = settings.usesNamespaceRoles ? inputs.namespace : nil
            return decideByConfigMap(inputs.configurations) ?? decide(pod, annotations, namespace)
        case .absent:
            return decideByConfigMap(inputs.configurations) ?? Decision(.leaveAlone(.serviceAccountNotFound))
        case .unknown: return Decision(.needs(.serviceAccount(account)))
        case .unavailable(let reason):
            return Decision(
                .leaveAlone(.serviceAccountUnavailable),
                warnings: ["no identity is given: the ServiceAccount \(account) could not be looked up: \(reason)"]
            )
        }
    }

    /// The decision if the ConfigMap, which might contain a role, has not been read; nil if it contains none.
    private func decideByConfigMap(_ configurations: ProviderConfigurations) -> Decision? {
        guard let place = configMap?.place else { return nil }
        switch configurations.availability(of: place) {
        case .read: return nil
        case .unread: return Decision(.needs(.configuration(place)))
        case .unavailable:
            return Decision(
                .leaveAlone(.configMapUnavailable),
                warnings: ["no identity is given: \(place) could not be read in time"]
            )
        }
    }

    /// Decides on the basis of the Namespace for a ServiceAccount without a role. The ServiceAccount's settings for
    /// tokens take precedence over those of its Namespace.
    private func decide(_ pod: PodView, _ annotations: Annotations, _ namespace: DecisionInputs.Object?) -> Decision {
        switch namespace {
        case nil, .absent: return Decision(.leaveAlone(.noRole))
        case .unknown: return Decision(.needs(.namespace(pod.namespace)))
        case .unavailable(let reason):
            let name = pod.namespace
            return Decision(
                .leaveAlone(.namespaceUnavailable),
                warnings: ["no identity is given: the Namespace \(name) could not be looked up: \(reason)"]
            )
        case .known(let common):
            var merged = common
            for (key, value) in annotations.pairs where key != roleARN { merged[key] = value }
            guard let role = role(of: merged, nil, on: "the Namespace or ServiceAccount") else {
                return Decision(.leaveAlone(.noRole))
            }
            return inject(role, pod, merged)
        }
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        AWSEnvironment.injections(in: pod, keys, method: (Self.method, Self.variables))
    }
}
