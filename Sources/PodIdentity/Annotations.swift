/// The few annotations of an object that somebody reads. An array: there are never more than a handful.
package struct Annotations: Equatable, Sendable {
    private var entries: [Entry] = []

    private struct Entry: Equatable, Sendable {
        let key: String
        let value: String
    }

    package init() {}

    package init(_ values: KeyValuePairs<String, String>) {
        for (key, value) in values { self[key] = value }
    }

    package var pairs: [(key: String, value: String)] { entries.map { ($0.key, $0.value) } }

    package var isEmpty: Bool { entries.isEmpty }

    package subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.value }
        set {
            entries.removeAll { $0.key == key }
            if let newValue { entries.append(Entry(key: key, value: newValue)) }
        }
    }
}
