internal import JSON

/// The annotations that providers read from an object, and for a Namespace also the labels. There is never more than a
/// handful, hence the array.
///
/// They outlive the parsed document, and the author of the object chooses their length, so each value is cut to
/// `maximumValue` bytes.
package struct Annotations: Equatable, Sendable {
    /// The maximum length of a value in bytes of UTF-8. The longest ARN of a role has 2048 (IAM API reference,
    /// `AssumeRole`).
    package static let maximumValue = 2100

    /// The length in bytes of the longest key that Kubernetes allows: a DNS subdomain, a slash and 63 characters.
    package static let maximumKey = 253 + 1 + 63

    private var entries: [Entry] = []

    /// The revision of the keys with which the object was read.
    package private(set) var keysRevision: UInt64 = 0

    private struct Entry: Equatable, Sendable {
        let key: String
        let value: String
        var isLabel = false

        /// Compares bytes, as Kubernetes and the clouds do. Swift would also treat texts as equal that are only
        /// canonically equivalent in Unicode.
        static func == (one: Entry, other: Entry) -> Bool {
            one.isLabel == other.isLabel && one.key.utf8.elementsEqual(other.key.utf8)
                && one.value.utf8.elementsEqual(other.value.utf8)
        }
    }

    /// The length of all keys and values in bytes.
    var byteCount: Int { entries.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

    package init() {}

    /// Whether these are the same annotations and labels. The comparison is cheap if one is a copy of the other.
    func hasSameContent(as other: Annotations) -> Bool {
        guard keysRevision == other.keysRevision, entries.count == other.entries.count else { return false }
        let isCopy = entries.withUnsafeBufferPointer { own in
            other.entries.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress }
        }
        return isCopy || entries == other.entries
    }

    package init(_ values: KeyValuePairs<String, String>) {
        for (key, value) in values { self[key] = value }
    }

    package init(keysRevision: UInt64) { self.keysRevision = keysRevision }

    /// The annotations.
    package var pairs: [(key: String, value: String)] { entries.filter { !$0.isLabel }.map { ($0.key, $0.value) } }

    /// The labels.
    package var labels: [(key: String, value: String)] { entries.filter(\.isLabel).map { ($0.key, $0.value) } }

    package var isEmpty: Bool { entries.isEmpty }

    package subscript(key: String) -> String? {
        get { entries.first { $0.key == key && !$0.isLabel }?.value }
        set {
            entries.removeAll { $0.key == key && !$0.isLabel }
            if let newValue { entries.append(Entry(key: key, value: newValue.cut(to: Self.maximumValue))) }
        }
    }

    package subscript(label key: String) -> String? {
        get { entries.first { $0.key == key && $0.isLabel }?.value }
        set {
            entries.removeAll { $0.key == key && $0.isLabel }
            guard let newValue else { return }
            entries.append(Entry(key: key, value: newValue.cut(to: Self.maximumValue), isLabel: true))
        }
    }

    /// Whether a value was cut, so that it is only the beginning of what the object contains.
    package static func isCut(_ value: String) -> Bool { value.utf8.count > maximumValue - 4 && value.hasSuffix("…") }
}
