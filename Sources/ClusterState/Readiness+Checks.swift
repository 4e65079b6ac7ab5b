internal import PodIdentity
package import ServiceSupport

extension Readiness.Check {
    package static let serviceAccounts = Readiness.Check("service-accounts")
    /// Each document that is in a ConfigMap is a part of it.
    package static let configMap = Readiness.Check("config-map")
    package static let namespaces = Readiness.Check("namespaces")

    /// Why a check fails at first.
    var unread: String { "the \(self == .namespaces ? "Namespaces" : "ServiceAccounts") have not been read yet" }
}

extension Readiness {
    /// Pods wait for a document that has not been read; a file is read before the start.
    func fail(unread document: Document) {
        guard case .configMap(let name, _) = document.place else { return }
        fail(.configMap, part: "\(document.place)", "the ConfigMap \(name) has not been read yet")
    }
}
