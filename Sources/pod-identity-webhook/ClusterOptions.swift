internal import ArgumentParser
internal import Logging
internal import PodIdentity
internal import ServiceLifecycle
internal import Webhook

/// Where ServiceAccounts come from.
struct ClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file; without it, and without --kube-api, the pod's own access to its cluster.")
    var kubeconfig = ""

    @Option(help: "The URL of the API server, in place of the kubeconfig's.")
    var kubeApi = ""

    @Option(help: "A file of ServiceAccounts in the place of a cluster, YAML or JSON; can be repeated.")
    var serviceAccounts: [String] = []

    func source(
        keeping providers: ProviderChain,
        index: ServiceAccountIndex,
        readiness: Readiness,
        logger: Logger
    ) throws -> any Service {
        let files = ServiceAccountFiles(
            paths: serviceAccounts,
            annotationKeys: providers.serviceAccountAnnotations,
            index: index,
            readiness: readiness,
            logger: logger
        )
        try files.load()
        return files
    }

    func validate() throws {
        guard serviceAccounts.isEmpty || (kubeconfig.isEmpty && kubeApi.isEmpty) else {
            throw ValidationError("--service-accounts takes the place of a cluster: drop --kubeconfig and --kube-api")
        }
    }
}
