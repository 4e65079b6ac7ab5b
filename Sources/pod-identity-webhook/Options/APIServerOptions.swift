internal import ArgumentParser
internal import FoundationEssentials
internal import HTTPClient
internal import Kubernetes
internal import Logging
internal import NIOCore

/// The flags for access to a cluster, as in kubectl.
struct APIServerOptions: ParsableArguments {
    @Option(
        help: .path("A kubeconfig file; by default $KUBECONFIG, ~/.kube/config, or the pod's in-cluster access.")
    )
    var kubeconfig = ""

    @Option(help: .name("The kubeconfig context to use instead of the current one."))
    var context: String?

    @Option(help: .url("The URL of the API server, instead of the kubeconfig's."))
    var kubeApi = ""

    @Option(name: .customLong("as"), help: .value("user", "The user to impersonate, as with kubectl."))
    var impersonatedUser: String?

    @Option(
        name: .customLong("as-group"),
        help: .value("group", "A group to impersonate, together with --as; can be repeated.")
    )
    var impersonatedGroups: [String] = []

    @Option(name: .customLong("as-uid"), help: .value("uid", "The UID to impersonate, together with --as."))
    var impersonatedUID: String?

    /// Whether no flag specifies a cluster.
    var namesNothing: Bool { kubeconfig.isEmpty && context == nil && kubeApi.isEmpty }

    func configuration() throws -> ClusterConfiguration {
        let environment = ProcessInfo.processInfo.environment
        let server = kubeApi.isEmpty ? nil : kubeApi
        let found = server == nil ? KubeConfigFiles.find(environment: environment) : nil
        do throws(KubernetesError) {
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
        } catch {
            guard case .notInCluster(let variable) = error else { throw error }
            throw NoCluster(home: found.map { "\($0)" }, variable: variable)
        }
    }

    /// No cluster is specified anywhere.
    struct NoCluster: Error, CustomStringConvertible {
        /// The kubeconfig in the home folder; nil if there is no such folder.
        let home: String?
        /// The variable that a pod has, and this process does not have.
        let variable: String

        var description: String {
            "no cluster found: tried --kubeconfig (not given), KUBECONFIG (not set), "
                + (home.map { "\($0) (does not exist)" } ?? "~/.kube/config (HOME is not set)")
                + " and in-cluster access (\(variable) is not set); pass --kubeconfig FILE"
        }
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
    /// Nil for an empty value of a flag, which counts as missing, as in kubectl.
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
