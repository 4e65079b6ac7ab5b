package import JSON

/// A borrowed view of an object; it must not outlive the call that hands it over.
package struct ObjectView {
    package let value: JSONValue

    package init(_ value: JSONValue) { self.value = value }

    package var metadata: ObjectMeta { ObjectMeta(value["metadata"]) }
}

/// A borrowed view of an object's `metadata` (meta/v1 `ObjectMeta`).
package struct ObjectMeta {
    private let value: JSONValue?

    init(_ value: JSONValue?) { self.value = value }

    /// Nil for an object that belongs to no namespace.
    package var namespace: JSONText? { value?["namespace"]?.text }
    package var name: JSONText? { value?["name"]?.text }
    package var uid: JSONText? { value?["uid"]?.text }
    package var resourceVersion: JSONText? { value?["resourceVersion"]?.text }

    package func annotation(_ key: String) -> JSONText? { value?["annotations"]?.member(key)?.text }

    package func label(_ key: String) -> JSONText? { value?["labels"]?.member(key)?.text }

    /// The key and namespace of the object; the namespace is empty for an object that has none.
    package var key: ObjectKey? {
        name.map { ObjectKey(namespace: namespace?.string ?? "", name: $0.string) }
    }
}

/// An object's place among those of its kind.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// The objects of one page of a list, as borrowed as they are.
package struct ObjectPage: Sequence {
    private let items: JSONValue?

    init(_ items: JSONValue?) { self.items = items }

    package struct Iterator: IteratorProtocol {
        fileprivate var elements: JSONValue.Elements?

        package mutating func next() -> ObjectView? { elements?.next().map { ObjectView($0) } }
    }

    package func makeIterator() -> Iterator { Iterator(elements: items?.elements) }
}
