internal import HTTPClient
internal import KubernetesObjects
internal import NIOOpenSSL

/// Checks the certificate of a server from which clouds fetch keys.
struct IssuerCertificateCheck: Sendable {
    let outbound: OutboundHTTP
    let now: Timestamp
    /// The status of a certificate with the wrong name or validity, which may come from a proxy instead of the server.
    let seenFromHere: Finding.Status

    struct Result: Sendable {
        let isTrusted: Bool
        /// Whether no client would accept the certificate, so that it is probably not the issuer's server that
        /// responds.
        var isOfOther = false
        /// The number of days for which it is still valid.
        let days: Int64
    }

    private static let day: Int64 = 86_400

    /// OpenSSL's verify results for certificates that are of no use to any client (x509_vfy.h): not yet valid, expired,
    /// wrong name, wrong address.
    private static let useless: Set<Int> = [9, 10, 62, 64]

    /// - Throws: `OutboundHTTP.Failure` if the server presents no certificate at all.
    func run(
        _ server: ServerURL,
        _ topic: Finding.Topic,
        _ findings: inout [Finding]
    ) async throws(OutboundHTTP.Failure) -> Result {
        do throws(OutboundHTTP.Failure) {
            let chain = try await outbound.certificates(server, tls: outbound.verified)
            guard let leaf = chain.first?.info else { throw .unreachable("\(server) presents no certificate") }
            let result = Result(isTrusted: true, days: days(leaf))
            if CertificateCheck.isRenewalDue(from: leaf.notBefore, until: leaf.notAfter, at: now.seconds) {
                let message = "the certificate of \(server.host), \(leaf), expires in \(result.days) days"
                findings.append(topic.warning(.issuerCertificateExpiresSoon, message))
            }
            return result
        } catch {
            guard case .untrusted(let code, let reason) = error else { throw error }
            let chain = try await outbound.certificates(server, tls: outbound.unverified)
            findings.append(describe(code, reason, server, topic))
            let isOfOther = Self.useless.contains(code)
            return Result(isTrusted: false, isOfOther: isOfOther, days: chain.first.map { days($0.info) } ?? 0)
        }
    }

    private func days(_ certificate: CertificateInfo) -> Int64 { (certificate.notAfter - now.seconds) / Self.day }

    private func describe(_ code: Int, _ reason: String, _ server: ServerURL, _ topic: Finding.Topic) -> Finding {
        guard !Self.useless.contains(code) else {
            let message =
                "seen from here, the certificate of \(server.host) is one that no cloud accepts: \(reason)"
            return topic.finding(seenFromHere, .issuerCertificateRejected, message)
        }
        let message =
            "this machine's trust store does not verify the certificate of \(server.host) (\(reason)): AWS takes it only if "
            + "the provider in IAM has its thumbprint"
        return topic.warning(
            .issuerCertificateUntrusted,
            message,
            remedy: "pod-identity-webhook issuer thumbprint https://\(server.authority)"
        )
    }
}
