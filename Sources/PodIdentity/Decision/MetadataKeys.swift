/// The keys of the annotations and labels that are kept of ServiceAccounts and Namespaces.
package struct MetadataKeys: Equatable, Sendable {
    /// The keys of annotations of ServiceAccounts and Namespaces.
    package var annotations: [String]
    /// The keys of Namespaces' labels.
    package var namespaceLabels: [String]
    /// Counts the changes of the keys while the program runs. It is stored with what was read, to tell which keys were
    /// kept of an object. Keys that never change have revision 0.
    package var revision: UInt64

    package init(annotations: [String] = [], namespaceLabels: [String] = [], revision: UInt64 = 0) {
        self.annotations = annotations
        self.namespaceLabels = namespaceLabels
        self.revision = revision
    }

    /// The keys that providers read from objects of the cluster, without duplicates.
    package init(of providers: [any IdentityProvider]) {
        self.init()
        for provider in providers {
            formUnion(
                MetadataKeys(annotations: provider.serviceAccountAnnotations, namespaceLabels: provider.namespaceLabels)
            )
        }
    }

    /// Whether these include all of the other keys.
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
