package import JSON
package import PodIdentity

/// What providers and the mutator make of a pod, without a server.
package struct OfflineMutation {
    package let decision: Decision
    package let patch: JSONTree
    package let pod: JSONTree
    /// Of the decision and of the mutator.
    package let warnings: [String]

    package static func run(
        _ pod: JSONTree,
        namespace: String = "default",
        serviceAccount annotations: Sources.ServiceAccount,
        providers: [any IdentityProvider]
    ) throws -> OfflineMutation {
        let (decision, patch, warnings) = try JSONParser().parse(pod.bytes) { root in
            let view = try PodView(root, namespace: namespace)
            var generator = SystemRandomNumberGenerator()
            let decision = ProviderChain(providers)
                .decide(view, Sources(serviceAccount: annotations), using: &generator)
            guard case .inject(let injection) = decision.outcome else { return (decision, JSONPatch(), decision.warnings) }
            let mutation = PodMutator.mutate(view, with: injection)
            return (decision, mutation.patch, decision.warnings + mutation.warnings)
        }
        let tree = try JSONTree(parsing: patch.bytes)
        return OfflineMutation(
            decision: decision,
            patch: tree,
            pod: try pod.applying(patch: tree),
            warnings: warnings
        )
    }
}

extension Annotations {
    /// All annotations of an object.
    package init(of object: JSONTree) {
        self.init()
        for member in object[path: ["metadata", "annotations"]]?.members ?? [] {
            self[member.key.value] = member.value.string
        }
    }
}
