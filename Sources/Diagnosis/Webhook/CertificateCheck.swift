internal import FoundationEssentials
internal import HTTPClient
internal import KubernetesObjects
internal import NIOCore
internal import NIOOpenSSL

/// Checks that the `caBundle` of a webhook verifies the certificate that its server presents.
struct CertificateCheck: Sendable {
    let configuration: MutatingWebhookConfiguration
    let webhook: MutatingWebhookConfiguration.Webhook
    /// Whether messages name the webhook, because other webhooks of the configuration have different bundles.
    let isNamed: Bool
    /// The endpoints of the Service that the webhook refers to, if any.
    let endpoints: ServiceEndpoints?
    /// The address to connect to instead of those that the cluster knows.
    let override: ServiceEndpoints.Address?
    let group: any EventLoopGroup
    let now: Timestamp

    /// The maximum number of a Service's endpoints that are probed.
    private static let probedEndpoints = 4
    private static let day: Int64 = 86_400

    func findings() async -> [Finding] {
        if webhook.caBundle.isEmpty, case .service = webhook.target { return [noCABundle] }
        guard let (context, authorities) = trust else { return [unreadable] }
        let expiring = expiration(ofAuthorities: authorities)
        guard let (name, addresses) = target, !addresses.isEmpty else {
            return expiring + [unreachable("it has no address")]
        }
        let outcomes = await TLSProbe(context: context, serverName: name, group: group).run(addresses)
        let seen = outcomes.compactMap { address, outcome in describe(outcome, at: address) }
        guard seen.isEmpty else { return expiring + seen }
        let reasons = outcomes.map { address, outcome in
            if case .unreachable(let reason) = outcome { "\(address): \(reason)" } else { "\(address)" }
        }
        return expiring + [unreachable(reasons.joined(separator: "; "))]
    }

    /// What the API server trusts: the `caBundle`, or its system's CAs if there is none. Nil if the bundle is unreadable.
    private var trust: (context: TLSContext, authorities: [CertificateInfo])? {
        var tls = TLSClientConfiguration()
        var authorities: [CertificateInfo] = []
        if !webhook.caBundle.isEmpty {
            guard let pem = Data(base64Encoded: webhook.caBundle).map({ Array($0) }),
                let certificates = try? CertificateInfo.certificates(in: pem)
            else { return nil }
            tls.trustRoots = .pem(pem)
            authorities = certificates
        }
        guard let context = try? TLSContext(client: tls) else { return nil }
        return (context, authorities)
    }

    /// The name that the API server expects in the certificate, and the addresses to probe.
    private var target: (name: String, addresses: [ServiceEndpoints.Address])? {
        switch webhook.target {
        case .url(let text):
            guard let url = try? ServerURL(parsing: String(text.prefix { $0 != "?" })) else { return nil }
            return (url.host, [override ?? ServiceEndpoints.Address(host: url.host, port: url.port)])
        case .service(let service, _, let port):
            let serverName = "\(service.name).\(service.namespace).svc"
            if let override { return (serverName, [override]) }
            let clusterIPs = endpoints?.clusterIPs.map { ServiceEndpoints.Address(host: $0, port: port) } ?? []
            let ready = endpoints?.ready.prefix(Self.probedEndpoints) ?? []
            return (serverName, clusterIPs + ready)
        }
    }

    // MARK: Findings

    /// Nil if the address could not be reached.
    private func describe(_ outcome: TLSProbe.Outcome, at address: ServiceEndpoints.Address) -> Finding? {
        switch outcome {
        case .unreachable: return nil
        case .verified(let certificate):
            let days = (certificate.notAfter - now.seconds) / Self.day
            let text = "the CA bundle verifies \(certificate), which expires in \(days) days"
            return isRenewalDue(certificate)
                ? finding(.warning, .certificateExpiresSoon, text, at: address, remedy: renewCommand)
                : finding(.ok, .certificateVerified, text, at: address)
        case .failed(.certificateRejected(let code, let reason, _, let certificate)):
            let text = "the API server will not accept \(certificate ?? "the certificate"): \(reason)"
            return code == Self.hasExpired
                ? finding(.problem, .certificateExpired, text, at: address, remedy: renewCommand)
                : finding(.problem, .certificateRejected, text, at: address, remedy: bundleCommand)
        case .failed(let error):
            return finding(.problem, .handshakeFailed, "the handshake failed: \(error)", at: address)
        }
    }

    /// `X509_V_ERR_CERT_HAS_EXPIRED` (x509_vfy.h).
    private static let hasExpired = 10

    /// Renewal is due in the last third of a certificate's lifetime, but no earlier than 30 days before it expires. Most
    /// tools renew certificates with a lifetime of less than 90 days in their last third.
    ///
    /// - Parameters:
    ///   - start: The certificate's `notBefore`, in seconds since 1970 as the others.
    ///   - end: Its `notAfter`.
    static func isRenewalDue(from start: Int64, until end: Int64, at now: Int64) -> Bool {
        end - now < min((end - start) / 3, 30 * day)
    }

    private func isRenewalDue(_ certificate: CertificateInfo) -> Bool {
        Self.isRenewalDue(from: certificate.notBefore, until: certificate.notAfter, at: now.seconds)
    }

    private func expiration(ofAuthorities authorities: [CertificateInfo]) -> [Finding] {
        guard let last = authorities.max(by: { $0.notAfter < $1.notAfter }), isRenewalDue(last),
            last.notAfter > now.seconds
        else { return [] }
        let days = (last.notAfter - now.seconds) / Self.day
        let text = "the last of the CA bundle's certificates, \(last), expires in \(days) days"
        return [finding(.warning, .certificateExpiresSoon, text, remedy: renewCommand)]
    }

    private var noCABundle: Finding {
        let text = "it has no caBundle: the API server accepts no certificate"
        return finding(.problem, .noCABundle, text, remedy: bundleCommand)
    }

    private var unreadable: Finding {
        finding(.problem, .unreadableCABundle, "its caBundle holds no certificates in PEM", remedy: bundleCommand)
    }

    private func unreachable(_ reason: String) -> Finding {
        let text = "the webhook cannot be reached from here, so its certificate was not seen (\(reason))"
        var remedy = Remedy(
            "pod-identity-webhook doctor --connect HOST:PORT",
            note: "an address that reaches the webhook from here"
        )
        if case .service(let service, _, let port) = webhook.target {
            remedy = Remedy(
                "kubectl -n \(service.namespace) port-forward service/\(service.name) 8443:\(port)",
                note: "and in another terminal: pod-identity-webhook doctor --connect 127.0.0.1:8443"
            )
        }
        return finding(.unknown, .webhookUnreachable, text, remedy: remedy)
    }

    /// - Parameter address: The subject; nil if that is the MutatingWebhookConfiguration.
    private func finding(
        _ status: Finding.Status,
        _ code: Finding.Code,
        _ message: String,
        at address: ServiceEndpoints.Address? = nil,
        remedy: Remedy? = nil
    ) -> Finding {
        // A webhook that only warns, and whose failures are ignored, does not keep any pod from its identity.
        let isHarmless = webhook.failurePolicy == .ignore && !webhook.coversPodCreation
        return Finding.Topic(.certificate, address.map { "\($0)" } ?? configuration.name).finding(
            status == .problem && isHarmless ? .warning : status,
            code,
            isNamed ? "for \(webhook.name): \(message)" : message,
            remedy: remedy
        )
    }

    private var bundleCommand: Remedy {
        switch configuration.origin {
        case .controlPlane: HostedBundleCheck.remedy(configuration.name)
        case .other: configuration.repairCommand()
        case .manifest, .chart:
            Remedy(
                "certs/register.sh \(configuration.name) CA.crt",
                note: "a webhook that makes its own certificates does this itself: see its log"
            )
        }
    }

    private var renewCommand: Remedy {
        switch configuration.origin {
        case .controlPlane, .other: configuration.repairCommand()
        case .manifest, .chart: Remedy("certs/make.sh", note: "or whatever made the certificate: certs/README.md")
        }
    }
}
