internal import AWSIdentity
internal import ArgumentParser
internal import ClusterState
internal import Diagnosis
internal import FoundationEssentials
internal import Glibc
internal import GoSyntax
internal import PodIdentity
internal import ServiceSupport

extension DoctorSetup {
    /// - Parameters:
    ///   - typed: The command line in the form for the argument parser.
    ///   - pods: The pods of the webhook; empty if there are none.
    /// - Throws: An error if flags cannot be used together, or if a file cannot be read.
    init(typed: [String], pods: [RunningWebhook.Pod], _ cluster: DoctorClusterOptions) throws {
        var flags = try WebhookFlags(typed: typed, pods: pods)
        flags.compare(registration: cluster.webhookConfiguration)
        let identities = flags.identities
        let given = FlagValues(typed)
        let namespace = given["config-map-namespace"] ?? flags.running?.cluster.namespace ?? cluster.configMapNamespace
        let providesAzure = try identities.clouds.contains(.azure)
        let unknown = providesAzure ? try pods.first.map(identities.azure.unknownVariables) : nil
        let providers = try identities.providers(
            configMapNamespace: namespace,
            composition: try Self.composition(identities.aws, typed: given),
            environment: pods.first?.variables.known ?? ProcessInfo.processInfo.environment
        )
        // Files that are named on this command line are local; those that the webhook's flags name are in its pods.
        let hasFiles =
            given["watch-container-credentials-config"] != nil || given["profiles"] != nil || flags.running == nil
        let files = hasFiles ? try Self.files(of: providers) : (configurations: ProviderConfigurations(), read: [])
        self.init(
            providers: providers,
            configurations: files.configurations,
            annotationPrefix: identities.aws.annotationPrefix,
            rights: Self.rights(identities, flags.running, namespace: flags.running?.cluster.namespace ?? namespace)
        )
        self.flags = identities.doctorFlags
        filesRead = files.read
        rights.noun = providers.noun(of: nil, files.configurations)
        readsNamespaces = identities.readsNamespaces
        policy = try identities.expectedPolicy(flags.given)
        findings = flags.findings + (unknown ?? [])
    }

    private static func composition(_ aws: AWSOptions, typed: FlagValues) throws -> RoleComposition? {
        do {
            return try aws.offlineComposition()
        } catch {
            guard typed["compose-role-arn"] == nil else { throw error }
            throw ValidationError(
                "the webhook runs with --compose-role-arn and takes the account from its instance's metadata; "
                    + "pass it with --aws-account-id"
            )
        }
    }

    private static func files(
        of providers: ProviderChain
    ) throws -> (configurations: ProviderConfigurations, read: Set<String>) {
        let store = ConfigurationStore()
        var read: Set<String> = []
        for source in providers.configurations {
            if case .files(let paths) = source.place {
                try store.update(source, texts: try ConfigurationFiles.texts(paths))
                read.formUnion(paths)
            }
            guard case .file(let path) = source.place else { continue }
            for problem in try store.update(source, try FileReader.read(path)).lines {
                StandardError.write("\(path): \(problem)\n")
            }
            read.insert(path)
        }
        return (store.current, read)
    }

    private static func rights(_ identities: IdentityOptions, _ running: Serve?, namespace: String) -> WebhookRights {
        var rights = WebhookRights(namespace: namespace)
        rights.readsNamespaces = identities.readsNamespaces
        rights.watchesConfigMap = identities.aws.watchConfigMap
        guard let running else { return rights }
        rights.usesCluster = running.cluster.serviceAccounts.isEmpty
        rights.scansPods = running.cluster.scanInterval.duration > .zero
        if running.certificates.inCluster {
            rights.certificates = WebhookRights.Certificates(
                secret: running.certificates.tlsSecret,
                configuration: running.certificates.webhookConfiguration
            )
        }
        return rights
    }
}

extension IdentityOptions {
    /// The flags that remedies refer to, by cloud.
    fileprivate var doctorFlags: [String: CloudFlags] {
        [
            Cloud.aws.rawValue: CloudFlags(
                annotationPrefix: "--annotation-prefix",
                tokenMountPath: "--token-mount-path"
            ),
            Cloud.google.rawValue: CloudFlags(annotationPrefix: "--google-annotation-prefix"),
            Cloud.azure.rawValue: CloudFlags(tokenMountPath: "--azure-token-mount-path"),
        ]
    }
}
