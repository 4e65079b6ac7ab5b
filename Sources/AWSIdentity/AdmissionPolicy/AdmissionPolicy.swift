package import JSON
package import KubernetesObjects
package import PodIdentity

/// Lets the API server itself inject the role of a pod's ServiceAccount: a MutatingAdmissionPolicy
/// (`admissionregistration.k8s.io/v1`, Kubernetes 1.36) that does the same to most pods as `IRSAProvider`.
///
/// If the webhook is called afterwards, the result must be the same as without the policy. So the policy adds nothing
/// where it cannot determine, as the webhook can, what a container gets.
package struct AdmissionPolicy: Sendable {
    let settings: AWSSettings
    let keys: AnnotationKeys
    let tokenPath: TokenPath
    /// A text that a role must contain; nil if any role is used as it is.
    let requiredInRole: String?
    /// The ServiceAccounts that get something other than a role, as `namespace/name`.
    let excluded: [String]

    /// - Parameters:
    ///   - rolesHaveARNs: Whether only roles given by ARN are used, because it is not known how to complete others.
    ///   - excluded: The ServiceAccounts of EKS Pod Identity, which takes precedence over roles.
    package init(settings: AWSSettings, rolesHaveARNs: Bool = false, excluded: [NamespacedName] = []) {
        self.settings = settings
        keys = AnnotationKeys(settings)
        tokenPath = TokenPath(IRSAProvider.tokenFile, in: settings.tokenMountPath)
        requiredInRole = rolesHaveARNs ? "arn:" : nil
        self.excluded = Set(excluded.map { "\($0)" }).sorted()
    }

    package static let apiVersion = "admissionregistration.k8s.io/v1"
    package static let kind = "MutatingAdmissionPolicy"
    package static let bindingKind = "MutatingAdmissionPolicyBinding"
    /// The default name, without that of a Helm release.
    package static let defaultName = "pod-identity-webhook"

    /// The policy and its binding.
    ///
    /// - Parameter name: The name of both, a DNS subdomain.
    package func manifests(name: String) -> [JSONTree] {
        [object(Self.kind, name, spec), object(Self.bindingKind, name, binding(of: name))]
    }

    private func object(_ kind: String, _ name: String, _ spec: JSONTree) -> JSONTree {
        .object([
            "apiVersion": .string(Self.apiVersion),
            "kind": .string(kind),
            "metadata": .object([
                "name": .string(name), "labels": .object(["app.kubernetes.io/name": .string(Self.defaultName)]),
            ]),
            "spec": spec,
        ])
    }

    /// The `spec` of the policy. The API server evaluates it for each ServiceAccount of the pod's namespace; a
    /// condition selects the pod's own.
    package var spec: JSONTree {
        .object([
            "paramKind": .object(["apiVersion": .string("v1"), "kind": .string("ServiceAccount")]),
            // A pod without its role is better than no pod.
            "failurePolicy": .string("Ignore"),
            "reinvocationPolicy": .string("IfNeeded"),
            "matchConstraints": .object([
                "resourceRules": .array([
                    .object([
                        "apiGroups": .array([.string("")]),
                        "apiVersions": .array([.string("v1")]),
                        "operations": .array([.string("CREATE")]),
                        "resources": .array([.string("pods")]),
                    ])
                ]),
                "objectSelector": .object([
                    "matchExpressions": .array([
                        .object(["key": .string(keys.skipLabel), "operator": .string("DoesNotExist")])
                    ])
                ]),
            ]),
            "matchConditions": Self.named(conditions),
            "variables": Self.named(variables),
            "mutations": .array(mutations),
        ])
    }

    private static func named(_ expressions: [(name: String, expression: String)]) -> JSONTree {
        .array(
            expressions.map { .object(["name": .string($0.name), "expression": .string($0.expression)]) }
        )
    }

    private func binding(of name: String) -> JSONTree {
        .object([
            "policyName": .string(name),
            "paramRef": .object(["selector": .object([:]), "parameterNotFoundAction": .string("Allow")]),
        ])
    }

    /// The conditions are evaluated for every ServiceAccount of the namespace, so they are few and short.
    private var conditions: [(name: String, expression: String)] {
        let key = CELText.string(roleAnnotation)
        let role = "params.metadata.annotations[\(key)]"
        var hasRole = """
            has(params.metadata.annotations) && \(key) in params.metadata.annotations &&
              \(role).trim() != ""
            """
        if let requiredInRole { hasRole += " && \(role).contains(\(CELText.string(requiredInRole)))" }
        // Only the webhook supports roles for individual containers.
        hasRole += " && !(\(self.key("container-roles")) in params.metadata.annotations)"
        var conditions = [
            (
                "own-service-account",
                "has(object.spec.serviceAccountName) && object.spec.serviceAccountName == params.metadata.name"
            ), ("has-role", hasRole),
        ]
        if !excluded.isEmpty {
            let names = CELText.list(excluded)
            conditions.append(
                (Self.exclusion, "!((request.namespace + \"/\" + params.metadata.name) in \(names))")
            )
        }
        return conditions
    }

    /// The name of the condition that excludes ServiceAccounts of EKS Pod Identity.
    private static let exclusion = "no-eks-pod-identity"

    /// The key of the annotation that specifies a role.
    package var roleAnnotation: String { settings.key("role-arn") }

    /// The ServiceAccounts that the file of `--watch-container-credentials-config` names.
    ///
    /// - Throws: An error if the text cannot be parsed as such a file.
    package static func accounts(
        ofIdentitiesFile text: [UInt8],
        problems: inout Warnings
    ) throws -> [NamespacedName] {
        Array(try PodIdentityAssociations(parsing: text, problems: &problems).accounts)
    }

    /// The key of one of the webhook's own annotations, as a literal.
    func key(_ name: String) -> String { CELText.string(settings.key(name)) }
}
