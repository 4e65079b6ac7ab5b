internal import AWSIdentity
internal import ArgumentParser
internal import ClusterState
internal import Diagnosis
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

extension Mutate {
    /// - Parameter manifests: The manifests that may contain ServiceAccounts, Namespaces and ConfigMaps.
    func mutator(_ manifests: [Manifest]) throws -> OfflineMutator {
        let defaultNamespace = options.namespace ?? "default"
        let configMap = try configMap(in: manifests, defaultNamespace)
        let providers = try identities.providers(
            configMapNamespace: configMap.namespace,
            profilesNamespace: ConfigMapManifests.names(in: manifests, defaultNamespace: defaultNamespace)
                .last { $0.name == identities.federations.profilesConfigMap }?.namespace,
            composition: try identities.aws.offlineComposition()
        )
        let store = ConfigurationStore(keeping: providers.keys())
        for source in providers.configurations {
            let texts =
                switch source.place {
                case .file(let path): [ConfigurationText(try FileReader.read(path))]
                case .files(let paths): try ConfigurationFiles.texts(paths)
                case .configMap, .wholeConfigMap:
                    try ConfigMapManifests.texts(of: source, in: manifests, defaultNamespace: defaultNamespace)
                }
            guard texts?.isEmpty == false || !source.place.mustExist else {
                let reason = "it is not in the input; pass its manifest with -f or --service-accounts"
                throw ClusterStateError.configuration(place: "\(source.place)", reason: reason)
            }
            for problem in try store.update(source, texts: texts).lines {
                StandardError.write("\(source.place): \(problem)\n")
            }
        }
        let accounts = try ServiceAccountFiles.serviceAccounts(
            in: manifests,
            defaultNamespace: defaultNamespace,
            keeping: store.keys
        )
        let namespaces = try ServiceAccountFiles.namespaces(in: manifests, keeping: store.keys)
        let cluster = ClusterIndexes(
            serviceAccounts: AnnotationIndex(accounts),
            namespaces: identities.readsNamespaces ? AnnotationIndex(namespaces) : nil,
            configurations: store,
            serverVersion: KnownServerVersion(try identities.serverVersion)
        )
        return OfflineMutator(providers: providers, cluster: cluster, namespace: options.namespace)
    }

    private func configMap(in manifests: [Manifest], _ defaultNamespace: String) throws -> NamespacedName {
        let names = ConfigMapManifests.names(in: manifests, defaultNamespace: defaultNamespace)
        let found = Set(names.filter { $0.name == ConfigMapEntries.name })
        guard found.count <= 1 || !identities.aws.watchConfigMap else {
            throw ValidationError(
                "\(found.count) namespaces have a ConfigMap \(ConfigMapEntries.name); keep only one"
            )
        }
        return found.first ?? NamespacedName(namespace: defaultNamespace, name: ConfigMapEntries.name)
    }
}
