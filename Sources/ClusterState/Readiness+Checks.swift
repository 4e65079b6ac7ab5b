internal import PodIdentity
package import ServiceSupport

extension Readiness.Check {
    package static let serviceAccounts = Readiness.Check("service-accounts")
    /// Each configuration that is in a ConfigMap is a part of it.
    package static let configMap = Readiness.Check("config-map")
    package static let namespaces = Readiness.Check("namespaces")

    /// Why a check fails at first.
    var unread: String { "the \(self == .namespaces ? "Namespaces" : "ServiceAccounts") have not been read yet" }
}

extension Readiness {
    /// Pods wait for a configuration that has not been read; files are read before the start.
    func fail(unread source: ProviderConfigurationSource) {
        guard case .configMap(let name, _) = source.place else { return }
        fail(.configMap, part: "\(source.place)", "the ConfigMap \(name) has not been read yet")
    }
}
