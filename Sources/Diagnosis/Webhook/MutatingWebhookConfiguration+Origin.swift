internal import HTTPClient
internal import KubernetesObjects

/// Who created a registration, which determines what may be recommended: never to apply a manifest over what someone
/// else created.
extension MutatingWebhookConfiguration {
    enum Origin: Equatable {
        /// deploy/pod-identity-webhook.yaml.
        case manifest
        /// A release of deploy/helm/pod-identity-webhook.
        case chart(NamespacedName)
        /// A control plane with the webhook on the hosts of the API servers, as in Amazon EKS.
        case controlPlane
        case other
    }

    private static let label = "app.kubernetes.io/name"

    var origin: Origin {
        if podWebhook?.target.isLoopback ?? false { return .controlPlane }
        guard labels[Self.label] == "pod-identity-webhook" else { return .other }
        return helmRelease.map(Origin.chart) ?? .manifest
    }

    /// How to recreate the objects of the installation.
    ///
    /// - Parameter flags: Values for the chart, `flags.NAME=VALUE`.
    func repairCommand(flags: [String] = []) -> Remedy {
        switch origin {
        case .chart(let release):
            return Remedy(Self.upgradeCommand(release, values: flags))
        case .manifest where flags.isEmpty: return Remedy(RegistrationCheck.installCommand)
        case .manifest:
            return Remedy(
                nil,
                note: "deploy/README.md says how to render the manifest with \(flags.joined(separator: ", "))"
            )
        case .controlPlane, .other:
            let command: ShellCommand = "kubectl get mutatingwebhookconfiguration \(name) -o yaml"
            return Remedy(command, note: "to be fixed by whoever created it")
        }
    }

    /// - Parameter values: `NAME=VALUE`.
    static func upgradeCommand(_ release: NamespacedName, values: [String]) -> ShellCommand {
        values.reduce(
            "helm upgrade \(release.name) deploy/helm/pod-identity-webhook -n \(release.namespace) --reset-then-reuse-values"
        ) { "\($0) --set \($1)" }
    }

    /// The prefix of the annotations and labels that its webhook for pods reads, if its selector shows it.
    var annotationPrefix: String? {
        let suffix = "/skip-pod-identity-webhook"
        let keys = podWebhook?.objectSelector?.requirements.map(\.key) ?? []
        return keys.first { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
    }
}

extension MutatingWebhookConfiguration.Target {
    /// Whether the URL refers to the API server's own host.
    var isLoopback: Bool {
        guard case .url(let text) = self, let url = try? ServerURL(parsing: String(text.prefix { $0 != "?" })) else {
            return false
        }
        return url.host == "localhost" || url.host == "::1" || url.host.hasPrefix("127.")
    }
}

extension LabelSelector.Requirement {
    fileprivate var key: String {
        switch self {
        case .isIn(let key, _), .notIn(let key, _), .exists(let key), .doesNotExist(let key): key
        }
    }
}
