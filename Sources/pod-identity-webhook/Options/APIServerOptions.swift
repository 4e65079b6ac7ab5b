internal import ArgumentParser
internal import FoundationEssentials
internal import HTTPClient
internal import Kubernetes
internal import Logging
internal import NIOCore

/// The flags that say how people reach a cluster, as with kubectl.
struct APIServerOptions: ParsableArguments {
    @Option(
        help: "A kubeconfig file; without it $KUBECONFIG's, ~/.kube/config, or the pod's own access to its cluster."
    )
    var kubeconfig = ""

    @Option(help: "The context of the kubeconfig, instead of its current one.")
    var context: String?

    @Option(help: "The URL of the API server, instead of the kubeconfig's.")
    var kubeApi = ""

    @Option(name: .customLong("as"), help: "The user to impersonate, as in kubectl.")
    var impersonatedUser: String?

    @Option(name: .customLong("as-group"), help: "A group to impersonate, together with a user; can be repeated.")
    var impersonatedGroups: [String] = []

    @Option(name: .customLong("as-uid"), help: "The uid to impersonate, together with a user.")
    var impersonatedUID: String?

    /// Whether nobody said which cluster is meant.
    var namesNothing: Bool { kubeconfig.isEmpty && context == nil && kubeApi.isEmpty }

    func configuration() throws -> ClusterConfiguration {
        let environment = ProcessInfo.processInfo.environment
        let server = kubeApi.isEmpty ? nil : kubeApi
        let found = server == nil ? KubeConfigFiles.find(environment: environment) : nil
        return try ClusterConfiguration.load(
            kubeConfig: kubeconfig.isEmpty ? found : .file(kubeconfig),
            context: context,
            server: server,
            impersonation: Impersonation(
                user: impersonatedUser.nonEmpty,
                uid: impersonatedUID.nonEmpty,
                groups: impersonatedGroups
            ),
            environment: environment
        )
    }

    /// A client for a program that runs for a short time and must not skip anything: its limits are high.
    static func client(_ configuration: ClusterConfiguration, on group: any EventLoopGroup) -> APIClient {
        var options = APIClient.Options()
        options.maximumResponseBytes = 16 * 1024 * 1024
        options.responseMemory = 64 * 1024 * 1024
        return APIClient(
            configuration,
            on: group,
            options: options,
            logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

extension String? {
    /// An empty value of a flag is no value, as in kubectl.
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
