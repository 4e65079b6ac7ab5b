internal import JSON

/// An injection that many requests share, because it is too large to be copied for each, with what can be derived from
/// it regardless of the pod.
final class SharedInjection: Sendable {
    let injection: Injection
    /// What a container gets if it sets none of the variables that concern the injection.
    let untouched: Untouched

    struct Untouched: Sendable {
        let variables: ListAdditions
        /// The warnings for its owner.
        let warnings: [String]
        /// Whether it gets the variables that name the identity.
        let hasIdentity: Bool
    }

    /// The variables of containers that affect what these get or the warnings about them.
    let names: VariableNames

    /// Whether no container is left alone.
    let isForAllContainers: Bool

    /// The mounts for a container that has none of them, and the volumes for a pod that has none of them, under their
    /// own names.
    let mounts: ListAdditions
    let volumes: ListAdditions

    init(_ injection: Injection) {
        self.injection = injection
        var environment = ContainerEnvironment()
        environment.apply(injection.environment)
        untouched = Untouched(
            variables: ListAdditions(environment.added.map(\.json), to: "env"),
            warnings: injection.unmetRequirements(of: environment),
            hasIdentity: injection.identityVariables.allSatisfy { environment.isGiven($0) }
        )
        var names = injection.allVariables.map(\.name)
        names += injection.identityVariables + injection.skipContainerIfSet.joined() + injection.overridingVariables
        names += injection.requirements.flatMap { [$0.name] + $0.needsOneOf } + injection.files.compactMap(\.variable)
        if injection.directServer != nil { names += Injection.proxyVariables }
        self.names = VariableNames(names)
        isForAllContainers =
            injection.skippedContainers.isEmpty && injection.onlyContainers == nil && injection.otherHelpers.isEmpty
            && injection.containers.isEmpty && injection.ownEnvironments.isEmpty
        mounts = ListAdditions(injection.mounts.map(\.json), to: "volumeMounts")
        volumes = ListAdditions(injection.volumes.map(\.json), to: "volumes")
    }
}

extension SharedInjection {
    /// The approximate memory in bytes of the texts that come from objects of the cluster: most of them exist by
    /// themselves, in JSON, and in the operations that add them.
    var byteCount: Int {
        let variables = injection.allVariables.reduce(0) { $0 + $1.json.count }
        let metadata = [injection.labels, injection.annotations, injection.identityAnnotations].joined()
        let volumes =
            injection.volumes.reduce(0) { $0 + $1.json.count } + injection.mounts.reduce(0) { $0 + $1.json.count }
        let names =
            injection.skippedContainers.count + (injection.onlyContainers?.count ?? 0)
            + 4 * injection.ownEnvironments.count
        // A set allocates room for up to twice as many names as it contains.
        return 4 * (variables + volumes) + 2 * metadata.reduce(0) { $0 + $1.addition.byteCount }
            + injection.identity.utf8.count
            + 64 * (names + injection.acknowledgedContainers.count + injection.otherHelpers.count)
            + injection.containers.count * DecisionMemory.maximumBytes
    }
}

/// A set of names of environment variables that rejects nearly all other names quickly.
struct VariableNames: Sendable {
    /// The names in UTF-8, by the hash of each.
    private var buckets = [[[UInt8]]](repeating: [], count: 64)

    init(_ names: [String]) {
        for name in Set(names) {
            let bytes = Array(name.utf8)
            buckets[bytes.withUnsafeBytes { Self.hash($0) }].append(bytes)
        }
    }

    func contain(_ name: JSONText) -> Bool {
        let place = Self.hash(name.utf8)
        return !buckets[place].isEmpty && buckets[place].contains { name.equals($0) }
    }

    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        guard let first = name.first, let last = name.last else { return 0 }
        return (name.count &* 7 ^ Int(first) ^ Int(last) &* 11) & 63
    }
}
