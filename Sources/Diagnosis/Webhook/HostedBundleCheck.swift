internal import FoundationEssentials
internal import KubernetesObjects
internal import NIOOpenSSL

/// Checks the `caBundle` for a webhook that a control plane runs on the hosts of the API servers, where its certificate cannot
/// be seen. The cluster's CA signs that certificate; when the CA is replaced, the bundle may be forgotten
/// (https://github.com/aws/containers-roadmap/issues/2874).
struct HostedBundleCheck {
    /// The name of the MutatingWebhookConfiguration.
    let configuration: String
    let webhook: MutatingWebhookConfiguration.Webhook

    /// - Parameter authorities: The certificates with which pods authenticate the API server, in PEM; nil if they are
    ///   not known.
    func finding(_ authorities: [UInt8]?) -> Finding {
        let topic = Finding.Topic(.certificate, configuration)
        let place = "the webhook is on the API server's own host, \(webhook.target)"
        let bundle = Data(base64Encoded: webhook.caBundle).map { Array($0) } ?? []
        guard let authorities, let known = try? CertificateInfo.certificates(in: authorities), !known.isEmpty else {
            return topic.unknown(.webhookUnreachable, "\(place): its certificate cannot be seen from here")
        }
        let trusted = (try? CertificateInfo.certificates(in: bundle)) ?? []
        let missing = known.filter { !trusted.contains($0) }
        guard !missing.isEmpty else {
            return topic.ok(.certificateVerified, "\(place), and the CA bundle has every CA of the cluster")
        }
        let names = missing.map { "\($0)" }.joined(separator: ", ")
        let message =
            "\(place), and the CA bundle lacks a CA of the cluster, \(names): if that signs the webhook's certificate, "
            + "the bundle is stale, and the API server does not trust the webhook"
        return topic.warning(.staleCABundle, message, remedy: Self.remedy(configuration))
    }

    /// Shows both, and changes nothing: only the operator of the control plane knows which CA signs.
    static func remedy(_ configuration: String) -> Remedy {
        let bundle: ShellCommand =
            "kubectl get mutatingwebhookconfiguration \(configuration) -o jsonpath='{.webhooks[0].clientConfig.caBundle}'"
        let authorities: ShellCommand =
            "kubectl -n kube-system get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}'"
        return Remedy(
            "\(bundle) | base64 -d; \(authorities)",
            note: "if they differ, whoever runs the control plane has to renew the bundle "
                + "(https://github.com/aws/containers-roadmap/issues/2874)"
        )
    }
}
