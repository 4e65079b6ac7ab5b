internal import AWSTrust
internal import JSON
internal import Kubernetes
internal import KubernetesObjects

extension Doctor {
    /// The path at which the API server names the issuer of its tokens (Kubernetes, "Service account issuer
    /// discovery").
    static let issuerDocument = "/.well-known/openid-configuration"

    /// Compares the roles of ServiceAccounts with the trust policies that were given, if any were.
    ///
    /// - Parameter name: The name of the only ServiceAccount to examine; nil for all.
    func examineTrust(
        _ cluster: ClusterView,
        named name: String?,
        _ report: inout Report
    ) async throws(KubernetesError) {
        guard let files = options.trustPolicies else { return }
        let named = cluster.accounts.keys.filter { name == nil || $0.name == name }
        let accounts = named.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
        report.add(accounts.compactMap { Self.association(of: $0, cluster) })
        let identities = accounts.flatMap { cluster.roleRequests(of: $0) }
        guard !identities.isEmpty, let issuer = try await issuer(&report) else { return }
        if issuer.namesPort {
            report.add([Finding.Topic(.trust, "issuer").warning(.issuerHasPort, TrustedIssuer.portWarning)])
        }
        report.add(TrustCheck(files, issuer, identities).findings)
    }

    private static func association(of account: NamespacedName, _ cluster: ClusterView) -> Finding? {
        guard let identity = cluster.associatedIdentity(of: account) else { return nil }
        let message = "only EKS knows the role of \(identity), so no trust policy was checked"
        return Finding.Topic(.trust, "\(account)").unknown(.trustPolicyMissing, message)
    }

    /// Nil, with a finding, if the issuer is not known, or if AWS cannot have a provider for it.
    private func issuer(_ report: inout Report) async throws(KubernetesError) -> TrustedIssuer? {
        if let issuer = options.issuer { return issuer }
        let topic = Finding.Topic(.trust, "issuer")
        switch try await readIssuer() {
        case .known(let issuer): return issuer
        case .unusable(let reason):
            report.add([topic.problem(.trustIssuerUnknown, "AWS cannot trust tokens of this cluster: \(reason)")])
        case .unknown(let reason):
            let message =
                "the API server does not say who issues its tokens, so no trust policy was checked: \(reason)"
            let remedy = Remedy("pod-identity-webhook doctor --issuer URL", note: "URL is its --service-account-issuer")
            report.add([topic.unknown(.trustIssuerUnknown, message, remedy: remedy)])
        }
        return nil
    }

    enum FoundIssuer {
        case known(TrustedIssuer)
        /// An issuer that AWS cannot have a provider for.
        case unusable(String)
        /// - Parameter reason: Why it is not known.
        case unknown(String)
    }

    /// Asks the API server for the issuer of its tokens.
    func readIssuer() async throws(KubernetesError) -> FoundIssuer {
        let url: String?
        do throws(KubernetesError) {
            url = try await client.get(Self.issuerDocument).parse { $0["issuer"]?.string }
        } catch {
            switch error {
            case .refused(let status) where status.code != 401: return .unknown(status.message ?? "\(status)")
            case .malformedAnswer(let reason): return .unknown(reason)
            // The API server has answered before.
            case .connection, .timedOut, .answerTooLarge: return .unknown("\(error)")
            default: throw error
            }
        }
        guard let url else { return .unknown("\(Self.issuerDocument) has no issuer") }
        do {
            return .known(try TrustedIssuer(url))
        } catch {
            return .unusable("\(error)")
        }
    }
}
