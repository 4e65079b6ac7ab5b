internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import Glibc
internal import HTTPClient
internal import Kubernetes
internal import KubernetesObjects

/// The flags that say which cluster `doctor` examines, and where it finds the webhook.
struct DoctorClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file; without it $KUBECONFIG, ~/.kube/config, or the pod's own access to its cluster.")
    var kubeconfig = ""

    @Option(help: "The context of the kubeconfig, instead of its current one.")
    var context: String?

    @Option(help: "The URL of the API server, instead of the kubeconfig's.")
    var kubeApi = ""

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
        return try ClusterConfiguration.load(
            kubeConfig: server != nil && kubeconfig.isEmpty ? nil : try kubeConfigPath(environment),
            context: context,
            server: server,
            environment: environment
        )
    }

    /// The path of the kubeconfig, found as by kubectl, but without merging several files.
    private func kubeConfigPath(_ environment: [String: String]) throws -> String? {
        if !kubeconfig.isEmpty { return kubeconfig }
        let paths = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        guard paths.count <= 1 else {
            throw ValidationError("KUBECONFIG names \(paths.count) files: give one with --kubeconfig")
        }
        if let path = paths.first { return path }
        guard let path = environment["HOME"].map({ "\($0)/.kube/config" }), access(path, R_OK) == 0 else { return nil }
        return path
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
