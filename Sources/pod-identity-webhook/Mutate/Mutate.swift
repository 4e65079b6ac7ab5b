internal import AWSIdentity
internal import ArgumentParser
internal import ClusterState
internal import Diagnosis
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

struct Mutate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, without a cluster, what the webhook would do to manifests.",
        discussion: """
            Takes Pods, workloads with a pod template, lists of them, and AdmissionReviews (then it prints the review \
            that the webhook would answer with). Everything else passes through. ServiceAccounts, and the ConfigMap of \
            --watch-config-map in any namespace, are taken from --service-accounts and from the manifests themselves. \
            What is done to each pod is reported on standard error.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable { case yaml, json, patch }

    @Option(name: [.customShort("f"), .long], help: "The manifests, YAML or JSON; - for standard input.")
    var filename: [String]

    @Option(help: "A file of ServiceAccounts, YAML or JSON; can be repeated.")
    var serviceAccounts: [String] = []

    @Option(
        name: [.customShort("n"), .long],
        help: "The namespace of the request; without it each manifest's own, or default."
    )
    var namespace: String?

    @Option(name: [.customShort("o"), .long], help: "yaml, json, or patch for the JSON patches alone.")
    var output = Format.yaml

    @OptionGroup
    var identities: IdentityOptions

    func run() throws {
        let texts = try filename.map(read)
        let manifests = try texts.flatMap { text in
            let manifests = try Manifests.parse(text.bytes, file: text.name)
            if manifests.isEmpty { throw ClusterStateError.manifest("\(text.name): there is no manifest in it") }
            return manifests
        }
        let known = try texts + serviceAccounts.map { (name: $0, bytes: try FileReader.read($0)) }
        let mutator = try mutator(known.flatMap { try ServiceAccountFiles.manifests(in: $0.bytes, file: $0.name) })
        // Nothing is printed before everything has succeeded, so that no reader takes partial output for complete.
        let results = try manifests.map { try mutator.mutate($0) }
        for (index, result) in results.enumerated() {
            for report in result.reports { StandardError.write(report.text) }
            if output == .yaml, index > 0 { print("---") }
            switch output {
            case .yaml: print(Manifests.yaml(result.tree), terminator: "")
            case .json: print(result.tree.pretty)
            case .patch: print(result.patch.pretty)
            }
        }
    }

    /// - Parameter manifests: the manifests that may contain ServiceAccounts, Namespaces and ConfigMaps.
    private func mutator(_ manifests: [Manifest]) throws -> OfflineMutator {
        let defaultNamespace = namespace ?? "default"
        let configMap = try configMap(in: manifests, defaultNamespace)
        let providers = identities.providers(
            configMapNamespace: configMap.namespace,
            composition: try identities.aws.offlineComposition()
        )
        let store = ConfigurationStore()
        for source in providers.configurations {
            let text =
                switch source.place {
                case .file(let path): try FileReader.read(path)
                case .configMap(let name, let key):
                    try ConfigMapManifests.text(of: key, in: manifests, named: name, defaultNamespace: defaultNamespace)
                }
            for problem in try store.update(source, text).lines {
                StandardError.write("\(source.place): \(problem)\n")
            }
        }
        let accounts = try ServiceAccountFiles.serviceAccounts(
            in: manifests,
            defaultNamespace: defaultNamespace,
            keeping: providers.serviceAccountAnnotations
        )
        let namespaces = try ServiceAccountFiles.namespaces(in: manifests, keeping: providers.serviceAccountAnnotations)
        let cluster = ClusterIndexes(
            serviceAccounts: AnnotationIndex(accounts),
            namespaces: identities.aws.namespaceRoles ? AnnotationIndex(namespaces) : nil,
            configurations: store
        )
        return OfflineMutator(providers: providers, cluster: cluster, namespace: namespace)
    }

    private func configMap(in manifests: [Manifest], _ defaultNamespace: String) throws -> NamespacedName {
        let names = ConfigMapManifests.names(in: manifests, defaultNamespace: defaultNamespace)
        let found = Set(names.filter { $0.name == ConfigMapEntries.name })
        guard found.count <= 1 || !identities.aws.watchConfigMap else {
            throw ValidationError(
                "the ConfigMap \(ConfigMapEntries.name) is there in \(found.count) namespaces: leave one"
            )
        }
        return found.first ?? NamespacedName(namespace: defaultNamespace, name: ConfigMapEntries.name)
    }

    private func read(_ file: String) throws -> (name: String, bytes: [UInt8]) {
        guard file == "-" else { return (file, try FileReader.read(file)) }
        return ("standard input", try FileReader.readStandardInput())
    }
}

extension OfflineMutator.Report {
    fileprivate var text: String {
        let account = serviceAccount.map { "ServiceAccount \($0)" } ?? "no ServiceAccount"
        let outcome = identity.map { "\(reason): \($0)" } ?? "\(reason)"
        let lines = ["\(subject) (\(account)): \(outcome)"] + warnings.lines.map { "  warning: \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
