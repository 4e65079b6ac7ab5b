package import JSON
package import PodIdentity

/// What providers and the mutator make of a pod, without a server.
package struct PureMutation {
    package let reason: Reason
    package let patch: JSONTree
    /// Afterwards.
    package let pod: JSONTree
    package let warnings: [String]

    package static func run(
        _ pod: JSONTree,
        namespace: String = "default",
        serviceAccount: Sources.ServiceAccount,
        providers: [any IdentityProvider]
    ) throws -> PureMutation {
        let outcome = try JSONParser().parse(pod.bytes) { root in
            var generator = SystemRandomNumberGenerator()
            let view = try PodView(root, namespace: namespace)
            let sources = Sources(serviceAccount: serviceAccount)
            return ProviderChain(providers).mutate(view, sources, using: &generator)
        }
        guard let outcome else { throw JSONError.malformed("the decision needs the ServiceAccount") }
        let patch = try JSONTree(parsing: outcome.patch.bytes)
        return PureMutation(
            reason: outcome.reason,
            patch: patch,
            pod: try pod.applying(patch: patch),
            warnings: outcome.warnings
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
