internal import JSON

/// The few annotations of an object that somebody reads. An array: there are never more than a handful.
///
/// They outlive the object's document, and whoever may write the object chooses their length; so a value is cut to
/// `maximumValue` bytes.
package struct Annotations: Equatable, Sendable {
    /// In bytes of UTF-8. Longer than the longest ARN of a role (2048, IAM API reference, `AssumeRole`).
    package static let maximumValue = 2100

    /// In bytes, of the longest key that Kubernetes allows: a DNS subdomain, a slash and 63 characters.
    package static let maximumKey = 253 + 1 + 63

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
            if let newValue { entries.append(Entry(key: key, value: newValue.cut(to: Self.maximumValue))) }
        }
    }

    /// Whether a value is the beginning of a longer one.
    package static func isCut(_ value: String) -> Bool { value.utf8.count > maximumValue - 4 && value.hasSuffix("…") }
}
