internal import ArgumentParser
internal import Diagnosis
internal import HTTPClient
internal import KubernetesObjects

/// The flags for the cluster that `doctor` examines, and for where to find the webhook.
struct DoctorClusterOptions: ParsableArguments {
    @OptionGroup
    var server: APIServerOptions

    @Option(help: .name("The webhook's MutatingWebhookConfiguration."))
    var webhookConfiguration = Doctor.Options().webhookConfiguration

    @Option(help: .value("namespace/name", "The webhook's ServiceAccount; by default that of its Service's pods."))
    var webhookServiceAccount: String?

    @Option(
        help: .value(
            "host:port",
            "An address at which the webhook is reached from here, such as that of a port-forward."
        )
    )
    var connect: String?

    @Option(help: .name("The namespace of the ConfigMap that --watch-config-map reads."))
    var configMapNamespace = "eks"

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
        guard let connect, let url = try? ServerURL(parsing: "https://\(connect)") else { return nil }
        // A port that is not written would be that of HTTPS.
        return connect.hasSuffix(":\(url.port)") ? (url.host, url.port) : nil
    }

    func validate() throws {
        guard webhookServiceAccount == nil || account != nil else {
            throw ValidationError(
                "--webhook-service-account must be NAMESPACE/NAME, not \"\(webhookServiceAccount ?? "")\""
            )
        }
        guard connect == nil || address != nil else {
            throw ValidationError("--connect must be HOST:PORT, not \"\(connect ?? "")\"")
        }
    }
}
