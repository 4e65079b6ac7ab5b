internal import PodIdentity
package import ServiceSupport

extension Readiness.Check {
    package static let serviceAccounts = Readiness.Check("service-accounts")
    /// The check for ConfigMaps. Each configuration in a ConfigMap is a part of it.
    package static let configMap = Readiness.Check("config-map")
    package static let serverVersion = Readiness.Check("server-version")
    package static let namespaces = Readiness.Check("namespaces")

    /// The reason why the check of an `AnnotationIndex` fails initially.
    var unread: String { "the \(self == .namespaces ? "Namespaces" : "ServiceAccounts") have not been read yet" }
}

extension Readiness {
    /// Makes a check fail until a ConfigMap has been read. Files need no check: they are read before startup.
    func fail(unread source: ProviderConfigurationSource) {
        guard let name = source.place.configMap else { return }
        fail(.configMap, part: "\(source.place)", "the ConfigMap \(name) has not been read yet")
    }

    /// Makes the check for a ConfigMap pass if its content is in use.
    func passIfRead(_ source: ProviderConfigurationSource, _ store: ConfigurationStore) {
        if store.current.availability(of: source.place) == .read { pass(.configMap, part: "\(source.place)") }
    }
}
