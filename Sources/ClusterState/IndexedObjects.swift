internal import KubernetesObjects
internal import PodIdentity

/// The objects of an index. Most of them have no annotations that are read, so an object without any takes up little
/// more than its name and version. They are counted as they come and go, because counting all of them would make
/// requests wait.
package struct IndexedObjects: Sendable {
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var total = 0
        package fileprivate(set) var withIdentity = 0
    }

    private struct Object: Sendable {
        var entry: AnnotationIndex.Entry
        var givesIdentity = false
    }

    private var names = NameTable()
    /// The objects by the numbers of their names; entries without a name are not in use.
    private var objects: [Object] = []
    private(set) var counts = Counts()

    subscript(name: NamespacedName) -> AnnotationIndex.Entry? { names.find(name).map { objects[$0].entry } }

    /// A copy of all objects.
    var entries: [NamespacedName: AnnotationIndex.Entry] {
        Dictionary(names.all.map { ($0.name, objects[$0.number].entry) }) { first, _ in first }
    }

    /// A copy of the names of all objects.
    var allNames: [NamespacedName] { names.all.map(\.name) }

    func hasObjects(inNamespace namespace: String) -> Bool { names.hasNames(inNamespace: namespace) }

    func givesIdentity(_ name: NamespacedName) -> Bool { names.find(name).map { objects[$0].givesIdentity } ?? false }

    /// Determines whether an object has an identity.
    mutating func examine(_ name: NamespacedName, givesIdentity: (Annotations) -> Bool) {
        if let number = names.find(name) { setIdentity(givesIdentity(objects[number].entry.annotations), of: number) }
    }

    /// - Parameter new: Nil to remove the object.
    mutating func set(_ name: NamespacedName, _ new: AnnotationIndex.Entry?, givesIdentity: (Annotations) -> Bool) {
        guard let new else {
            guard let number = names.remove(name) else { return }
            setIdentity(false, of: number)
            objects[number].entry = AnnotationIndex.Entry(Annotations())
            counts.total -= 1
            return
        }
        let (number, isNew) = names.insert(name)
        if number == objects.count {
            objects.append(Object(entry: new))
        } else {
            objects[number].entry = new
        }
        if isNew { counts.total += 1 }
        setIdentity(givesIdentity(new.annotations), of: number)
    }

    private mutating func setIdentity(_ value: Bool, of number: Int) {
        guard objects[number].givesIdentity != value else { return }
        objects[number].givesIdentity = value
        counts.withIdentity += value ? 1 : -1
    }
}
