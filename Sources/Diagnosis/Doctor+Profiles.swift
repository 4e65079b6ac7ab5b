internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

extension Doctor {
    /// Reads configurations that consist of all texts in a ConfigMap. One that cannot be read or used is a finding,
    /// because the webhook's configuration is then unknown.
    func readWholeConfigMaps(_ cluster: inout ClusterView, _ report: inout Report) async throws(KubernetesError) {
        for source in cluster.providers.configurations {
            guard case .wholeConfigMap(let name) = source.place else { continue }
            do throws(KubernetesError) {
                try await read(name, of: source, &cluster.configurations)
            } catch {
                if case .refused(let status) = error, status.code == 401 { throw error }
                let message = "\(source.place) was not read, so the identities from it are unknown: \(error)"
                report.add([Finding.Topic(.flags, "\(name)").unknown(.configurationUnreadable, message)])
            }
        }
    }

    private func read(
        _ name: NamespacedName,
        of source: ProviderConfigurationSource,
        _ configurations: inout ProviderConfigurations
    ) async throws(KubernetesError) {
        let path = "/api/v1/namespaces/\(name.namespace)/configmaps/\(name.name)"
        let found = try await client.get(path).parse { ObjectView($0).data(where: ConfigurationText.isYAML) }
        let texts = found.filter { !$0.text.isEmpty }.map { ConfigurationText(name: $0.key, $0.text) }
        guard !texts.isEmpty else { return }
        do {
            var problems: Warnings = []
            configurations.set(source.place, to: try source.read(texts, &problems))
        } catch {
            throw .configuration(source: "\(source.place)", field: nil, reason: "\(error)")
        }
    }

    /// The findings about files in the webhook's pods that contain providers.
    static func unreadFiles(_ setup: DoctorSetup) -> [Finding] {
        setup.providers.configurations.compactMap { source in
            guard case .files(let paths) = source.place, !setup.filesRead.isSuperset(of: paths) else { return nil }
            let message =
                "the files \(source.place) of the webhook's pods were not read, so the identities from them are unknown: pass the "
                + "same files here"
            return Finding.Topic(.flags, "\(source.place)").unknown(.configurationUnreadable, message)
        }
    }
}
