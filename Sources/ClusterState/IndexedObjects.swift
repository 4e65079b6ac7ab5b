internal import KubernetesObjects
internal import PodIdentity

/// The objects of an index. They are counted as they come and go, because counting all of them would make requests wait.
package struct IndexedObjects: Sendable {
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var total = 0
        package fileprivate(set) var withIdentity = 0
    }

    private(set) var entries: [NamespacedName: AnnotationIndex.Entry] = [:]
    private var withIdentity: Set<NamespacedName> = []
    /// The number of objects in each namespace that has any.
    private var namespaces: [String: Int] = [:]

    var counts: Counts { Counts(total: entries.count, withIdentity: withIdentity.count) }

    subscript(name: NamespacedName) -> AnnotationIndex.Entry? { entries[name] }

    func hasObjects(inNamespace namespace: String) -> Bool { namespaces[namespace] != nil }

    func givesIdentity(_ name: NamespacedName) -> Bool { withIdentity.contains(name) }

    /// Finds out whether an object has an identity.
    mutating func examine(_ name: NamespacedName, givesIdentity: (Annotations) -> Bool) {
        if let entry = entries[name], givesIdentity(entry.annotations) {
            withIdentity.insert(name)
        } else {
            withIdentity.remove(name)
        }
    }

    /// - Parameter new: nil to remove the object.
    mutating func set(_ name: NamespacedName, _ new: AnnotationIndex.Entry?, givesIdentity: (Annotations) -> Bool) {
        let old = new.map { entries.updateValue($0, forKey: name) } ?? entries.removeValue(forKey: name)
        examine(name, givesIdentity: givesIdentity)
        let change = (new == nil ? 0 : 1) - (old == nil ? 0 : 1)
        guard change != 0 else { return }
        let count = namespaces[name.namespace, default: 0] + change
        namespaces[name.namespace] = count == 0 ? nil : count
    }
}
