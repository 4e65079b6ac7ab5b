/// Identifies a Kubernetes object among those of its kind. The namespace is empty for a cluster-scoped object.
package struct NamespacedName: Hashable, Sendable, CustomStringConvertible {
    package let namespace: String
    package let name: String

    /// The length, in UTF-8, of the longest name, a DNS subdomain (Kubernetes "Object Names and IDs", RFC 1123).
    package static let maximumBytes = 253

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// Whether Kubernetes allows these names (RFC 1123 subdomains). Others must not become part of a request's path,
    /// where they could refer to something else.
    package var isValid: Bool { Self.isName(name) && (namespace.isEmpty || Self.isName(namespace)) }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumBytes && !text.hasPrefix(".")
            && text.utf8.allSatisfy { isLabelByte($0) || $0 == UInt8(ascii: ".") }
    }

    /// Whether an RFC 1123 label may contain it: a lower-case letter, a digit, or a hyphen.
    package static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
