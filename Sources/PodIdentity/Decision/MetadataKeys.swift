/// What is kept of ServiceAccounts and Namespaces.
package struct MetadataKeys: Equatable, Sendable {
    /// The keys of annotations, of ServiceAccounts and of Namespaces.
    package var annotations: [String]
    /// The keys of labels of Namespaces.
    package var namespaceLabels: [String]
    /// Counts the changes of the keys while the program runs. It goes with what was read, so that it can be told which keys
    /// were kept of an object; keys that never change are those of revision 0.
    package var revision: UInt64

    package init(annotations: [String] = [], namespaceLabels: [String] = [], revision: UInt64 = 0) {
        self.annotations = annotations
        self.namespaceLabels = namespaceLabels
        self.revision = revision
    }

    /// What providers read of the cluster, without duplicates.
    package init(of providers: [any IdentityProvider]) {
        self.init()
        for provider in providers {
            formUnion(
                MetadataKeys(annotations: provider.serviceAccountAnnotations, namespaceLabels: provider.namespaceLabels)
            )
        }
    }

    /// Whether all of the other keys are among these.
    package func include(_ others: MetadataKeys) -> Bool {
        Set(annotations).isSuperset(of: others.annotations)
            && Set(namespaceLabels).isSuperset(of: others.namespaceLabels)
    }

    package mutating func formUnion(_ others: MetadataKeys) {
        annotations.addNew(others.annotations)
        namespaceLabels.addNew(others.namespaceLabels)
    }
}

extension [String] {
    fileprivate mutating func addNew(_ others: [String]) {
        var known = Set(self)
        for other in others where known.insert(other).inserted { append(other) }
    }
}
