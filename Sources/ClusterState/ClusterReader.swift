internal import KubernetesObjects
package import PodIdentity

/// One event loop's view of the cluster. It keeps what it has read as long as nothing changes, so that the loops do not
/// wait for each other. It must not be shared between threads.
package final class ClusterReader {
    private let indexes: ClusterIndexes
    private let serviceAccounts: RecentObjects
    private let namespaces: RecentObjects?
    private var configurations: (changes: UInt64, value: ProviderConfigurations)?

    /// - Parameter capacity: The number of ServiceAccounts and Namespaces that are kept, at least 1.
    package init(_ indexes: ClusterIndexes, capacity: Int = 256) {
        self.indexes = indexes
        serviceAccounts = RecentObjects(indexes.serviceAccounts, capacity)
        namespaces = indexes.namespaces.map { RecentObjects($0, capacity) }
    }

    /// What is currently known about everything that a decision about the pod depends on.
    package func inputs(for pod: PodView) -> DecisionInputs {
        while true {
            let (changes, configurations) = currentConfigurations()
            let inputs = inputs(for: pod, configurations)
            // The keys that providers read are kept as long as these are in use. So if the same providers were in use
            // throughout, everything that they read was available. Configurations change far too rarely for this to
            // take many rounds.
            if indexes.configurations.changes == changes { return inputs }
        }
    }

    private func currentConfigurations() -> (changes: UInt64, value: ProviderConfigurations) {
        let changes = indexes.configurations.changes
        if let configurations, configurations.changes == changes { return configurations }
        let current = (changes, indexes.configurations.current)
        configurations = current
        return current
    }

    private func inputs(for pod: PodView, _ configurations: ProviderConfigurations) -> DecisionInputs {
        let revision = configurations.keysRevision
        return DecisionInputs(
            serviceAccount: pod.effectiveServiceAccount.map { serviceAccounts.lookUp($0, since: revision) } ?? .absent,
            namespace: namespaces?.lookUp(NamespacedName(namespace: "", name: pod.namespace), since: revision),
            serverVersion: indexes.serverVersion?.current,
            configurations: configurations
        )
    }
}

/// The most recent results from an index, which are valid as long as the index does not change.
private final class RecentObjects {
    private struct Found {
        let name: NamespacedName
        let revision: UInt64
        let changes: UInt64
        let object: DecisionInputs.Object
    }

    private let index: AnnotationIndex
    /// If two objects share a slot, the last one stays.
    private var found: [Found?]

    init(_ index: AnnotationIndex, _ capacity: Int) {
        self.index = index
        found = Array(repeating: nil, count: capacity)
    }

    func lookUp(_ name: NamespacedName, since revision: UInt64) -> DecisionInputs.Object {
        let (place, changes) = (name.shortHash % found.count, index.changes)
        if let found = found[place], found.changes == changes, found.revision == revision, found.name == name {
            return found.object
        }
        let (object, lasts) = index.find(name, since: revision)
        found[place] = lasts ? Found(name: name, revision: revision, changes: changes, object: object) : nil
        return object
    }
}
