internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import HTTPClient
internal import Kubernetes
internal import KubernetesObjects

/// The flags that say which cluster `doctor` examines, and where it finds the webhook.
struct DoctorClusterOptions: ParsableArguments {
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

    @Option(help: "The webhook's MutatingWebhookConfiguration.")
    var webhookConfiguration = Doctor.Options().webhookConfiguration

    @Option(help: "The webhook's ServiceAccount, NAMESPACE/NAME; without it that of its Service's pods.")
    var webhookServiceAccount: String?

    @Option(help: "HOST:PORT at which the webhook is reached from here, such as that of a port-forward.")
    var connect: String?

    @Option(help: "The namespace of the ConfigMap, with --watch-config-map.")
    var configMapNamespace = "eks"

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

    var options: Doctor.Options {
        var options = Doctor.Options()
        options.webhookConfiguration = webhookConfiguration
        options.webhookServiceAccount = account
        options.connect = address
        return options
    }

    private var account: NamespacedName? {
        let parts = webhookServiceAccount?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return NamespacedName(namespace: String(parts[0]), name: String(parts[1]))
    }

    private var address: (host: String, port: Int)? {
        connect.flatMap { try? ServerURL(parsing: "https://\($0)") }.map { ($0.host, $0.port) }
    }

    func validate() throws {
        guard webhookServiceAccount == nil || account != nil else {
            throw ValidationError("--webhook-service-account is NAMESPACE/NAME, not \"\(webhookServiceAccount ?? "")\"")
        }
        guard connect == nil || address != nil else {
            throw ValidationError("--connect is HOST:PORT, not \"\(connect ?? "")\"")
        }
    }
}

extension String? {
    /// An empty value of a flag is no value, as in kubectl.
    fileprivate var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
