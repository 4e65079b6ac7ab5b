/// The key of a namespaced Kubernetes object.
package struct NamespacedName: Hashable, Sendable, CustomStringConvertible {
    package let namespace: String
    package let name: String

    /// In UTF-8, of the longest name that Kubernetes allows: a DNS subdomain (Kubernetes "Object Names and IDs", RFC 1123).
    package static let maximumBytes = 253

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { "\(namespace)/\(name)" }
}
