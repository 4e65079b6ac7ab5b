package import JSON
package import PodIdentity

/// The result of providers and the mutator for a pod, without a server.
package struct PureMutation {
    package let reason: Reason
    package let patch: JSONTree
    /// The pod afterwards.
    package let pod: JSONTree
    package let warnings: [String]
    package let denial: Denial?

    package static func run(
        _ pod: JSONTree,
        namespace: String = "default",
        serviceAccount: DecisionInputs.Object,
        namespaceObject: DecisionInputs.Object? = nil,
        serverVersion: ServerVersion? = nil,
        configurations texts: [ProviderConfigurationSource.Place: String] = [:],
        providers: [any IdentityProvider],
        using generator: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) throws -> PureMutation {
        let chain = ProviderChain(providers)
        var configurations = ProviderConfigurations()
        for source in chain.configurations {
            guard let text = texts[source.place] else { continue }
            try configurations.read(Array(text.utf8), of: source)
        }
        let outcome = try JSONParser().parse(pod.bytes) { root in
            var generator: any RandomNumberGenerator = generator
            let view = try PodView(root, namespace: namespace)
            let inputs = DecisionInputs(
                serviceAccount: serviceAccount,
                namespace: namespaceObject,
                serverVersion: serverVersion,
                configurations: configurations
            )
            return try Self.mutate(view, inputs, chain, using: &generator)
        }
        guard let outcome else { throw PureMutationError.needsLookup }
        let patch = try JSONTree(parsing: outcome.patch.bytes)
        return PureMutation(
            reason: outcome.reason,
            patch: patch,
            pod: try pod.applying(patch: patch),
            warnings: outcome.warnings.lines,
            denial: outcome.denial
        )
    }

    private static func mutate(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        _ chain: ProviderChain,
        using generator: inout some RandomNumberGenerator
    ) throws -> MutationResult? {
        try chain.mutate(pod, inputs, using: &generator).value
    }
}

package enum PureMutationError: Error, Equatable {
    /// The decision depends on the ServiceAccount or Namespace, which is unknown.
    case needsLookup
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
