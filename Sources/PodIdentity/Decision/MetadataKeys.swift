/// What is kept of ServiceAccounts and Namespaces.
package struct MetadataKeys: Equatable, Sendable {
    /// The keys of annotations, of ServiceAccounts and of Namespaces.
    package var annotations: [String]
    /// The keys of labels of Namespaces.
    package var namespaceLabels: [String]

    package init(annotations: [String] = [], namespaceLabels: [String] = []) {
        self.annotations = annotations
        self.namespaceLabels = namespaceLabels
    }

    /// Whether all of the other keys are among these.
    package func include(_ others: MetadataKeys) -> Bool {
        Set(annotations).isSuperset(of: others.annotations)
            && Set(namespaceLabels).isSuperset(of: others.namespaceLabels)
    }
}
