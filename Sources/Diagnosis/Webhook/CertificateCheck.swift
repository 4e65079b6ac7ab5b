internal import HTTPClient
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOOpenSSL

/// Whether the registration's CA bundle verifies the certificate that is really served.
struct CertificateCheck: Sendable {
    let registration: String
    let entry: Registration.Entry
    /// Whether the messages name the webhook, because others of the registration have another bundle.
    let isNamed: Bool
    /// Of the registration's Service, if it points to one.
    let endpoints: ServiceEndpoints?
    /// Where to connect to, in place of the addresses that the cluster knows.
    let override: ServiceEndpoints.Address?
    let group: any EventLoopGroup
    let now: Timestamp

    /// This many of a Service's endpoints are looked at.
    private static let probedEndpoints = 4
    private static let day: Int64 = 86_400

    func findings() async -> [Finding] {
        var configuration = TLSClientConfiguration()
        var findings: [Finding] = []
        switch (entry.caBundle, entry.target) {
        case (let bundle?, _):
            configuration.trustRoots = .pem(bundle)
            guard let authorities = try? CertificateInfo.certificates(in: bundle) else { return [unreadable] }
            findings += expiry(ofAuthorities: authorities)
        case (nil, .service): return [missing]
        // The API server then trusts what its system trusts.
        case (nil, .url): break
        }
        let context: TLSContext
        do {
            context = try TLSContext(client: configuration)
        } catch {
            return [unreadable]
        }
        guard let (name, addresses) = target, !addresses.isEmpty else {
            return findings + [unreachable("it has no address")]
        }
        let probe = TLSProbe(context: context, serverName: name, group: group)
        let outcomes = await withTaskGroup { tasks in
            for (index, address) in addresses.enumerated() {
                tasks.addTask { (index, address, await probe.run(address)) }
            }
            return await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        let seen = outcomes.flatMap { _, address, outcome in describe(outcome, at: address) }
        guard seen.isEmpty else { return findings + seen }
        let reasons = outcomes.map { _, address, outcome in
            if case .unreachable(let reason) = outcome { "\(address): \(reason)" } else { "\(address)" }
        }
        return findings + [unreachable(reasons.joined(separator: "; "))]
    }

    /// The name that the API server expects, and where that is found.
    private var target: (name: String, addresses: [ServiceEndpoints.Address])? {
        switch entry.target {
        case .url(let text):
            guard let url = try? ServerURL(parsing: text.prefixBeforeQuery) else { return nil }
            return (url.host, [override ?? ServiceEndpoints.Address(host: url.host, port: url.port)])
        case .service(let namespace, let name, _, let port):
            let serverName = "\(name).\(namespace).svc"
            if let override { return (serverName, [override]) }
            let clusterIP = endpoints?.clusterIP.map { ServiceEndpoints.Address(host: $0, port: port) }
            let behind = endpoints?.ready.prefix(Self.probedEndpoints) ?? []
            return (serverName, [clusterIP].compactMap { $0 } + behind)
        }
    }

    // MARK: What was seen

    private func describe(_ outcome: TLSProbe.Outcome, at address: ServiceEndpoints.Address) -> [Finding] {
        switch outcome {
        case .unreachable: return []
        case .verified(let certificate):
            let days = (certificate.notAfter - now.seconds) / Self.day
            let text = "the CA bundle verifies \(certificate), which expires in \(days) days"
            let isLate = isLate(certificate)
            return [
                finding(
                    isLate ? .warning : .ok,
                    isLate ? .certificateExpiresSoon : .certificateVerified,
                    "\(address)",
                    text,
                    remedy: isLate ? renewal : nil
                )
            ]
        case .failed(.certificateRejected(let code, let reason, _, let certificate)):
            let isExpired = code == Self.hasExpired
            let text = "the API server will not accept \(certificate ?? "the certificate"): \(reason)"
            return [
                finding(
                    .problem,
                    isExpired ? .certificateExpired : .certificateRejected,
                    "\(address)",
                    text,
                    remedy: isExpired ? renewal : bundleCommand
                )
            ]
        case .failed(let error):
            return [finding(.problem, .handshakeFailed, "\(address)", "the handshake failed: \(error)")]
        }
    }

    /// `X509_V_ERR_CERT_HAS_EXPIRED` (x509_vfy.h).
    private static let hasExpired = 10

    /// Renewal is due in the last third of a certificate's life, and in its last 30 days at the latest; certificates that
    /// live shorter than 90 days are renewed in their last third by most tools.
    private func isLate(_ certificate: CertificateInfo) -> Bool {
        let third = (certificate.notAfter - certificate.notBefore) / 3
        return certificate.notAfter - now.seconds < min(third, 30 * Self.day)
    }

    private func expiry(ofAuthorities authorities: [CertificateInfo]) -> [Finding] {
        guard let last = authorities.max(by: { $0.notAfter < $1.notAfter }), isLate(last), last.notAfter > now.seconds
        else { return [] }
        let days = (last.notAfter - now.seconds) / Self.day
        let text = "the last of the CA bundle's certificates, \(last), expires in \(days) days"
        return [finding(.warning, .certificateExpiresSoon, registration, text, remedy: renewal)]
    }

    private var missing: Finding {
        finding(
            .problem,
            .noCABundle,
            registration,
            "it has no caBundle: the API server accepts no certificate",
            remedy: bundleCommand
        )
    }

    private var unreadable: Finding {
        finding(
            .problem,
            .unreadableCABundle,
            registration,
            "its caBundle holds no certificates in PEM",
            remedy: bundleCommand
        )
    }

    private func unreachable(_ reason: String) -> Finding {
        var remedy = "pod-identity-webhook doctor --connect HOST:PORT  # an address that reaches the webhook from here"
        if case .service(let namespace, let name, _, let port) = entry.target {
            remedy =
                "kubectl -n \(namespace) port-forward service/\(name) 8443:\(port)"
                + "  # and beside it: pod-identity-webhook doctor --connect 127.0.0.1:8443"
        }
        return finding(
            .unknown,
            .webhookUnreachable,
            registration,
            "the webhook cannot be reached from here, so its certificate was not seen (\(reason))",
            remedy: remedy
        )
    }

    /// A webhook that only warns, and may fail, keeps no pod from its identity.
    private func finding(
        _ status: Finding.Status,
        _ code: Finding.Code,
        _ subject: String,
        _ message: String,
        remedy: String? = nil
    ) -> Finding {
        let isHarmless = entry.ignoresFailure && !entry.coversPodCreation
        return Finding(
            .certificate,
            status == .problem && isHarmless ? .warning : status,
            code,
            subject,
            isNamed ? "for \(entry.name): \(message)" : message,
            remedy: remedy
        )
    }

    private var bundleCommand: String {
        "certs/register.sh \(registration) CA.crt  # a webhook that makes its own certificates does this itself: see its log"
    }

    private var renewal: String { "certs/make.sh  # or whatever made the certificate; certs/README.md" }
}

extension String {
    fileprivate var prefixBeforeQuery: String { String(prefix { $0 != "?" }) }
}

extension ServiceEndpoints.Address: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
