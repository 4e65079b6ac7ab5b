internal import NIOOpenSSL

/// Makes the content of the Secret that a plan describes.
struct CertificateMaker {
    private let configuration: OwnCertificates.Configuration
    private let known: [String: Certificate]
    private let now: Int64

    /// - Parameters:
    ///   - known: The CAs that a plan may name, by fingerprint.
    ///   - now: Seconds since 1970-01-01T00:00:00Z.
    init(_ configuration: OwnCertificates.Configuration, known: [String: Certificate], now: Int64) {
        self.configuration = configuration
        self.known = known
        self.now = now
    }

    func make(
        _ plan: OwnCertificatesStateMachine.Plan,
        from secret: CertificateSecret?
    ) throws(TLSError) -> CertificateSecret {
        var next = secret ?? CertificateSecret()
        next.authorities = plan.authorities.compactMap { known[$0.id] }
        if plan.makesAuthority {
            let authority = try makeAuthority().identity
            next.authorities.insert(authority.certificate, at: 0)
            next.authorityKey = authority.privateKey
        }
        if plan.issues, let certificate = next.authorities.first, let key = next.authorityKey {
            let authority = CertificateAuthority(.init(certificate: certificate, privateKey: key))
            next.serving = (try issue(authority), certificate)
        }
        return next
    }

    private func makeAuthority() throws(TLSError) -> CertificateAuthority {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        return try CertificateAuthority.make(
            commonName: "\(OwnCertificates.authorityName) \(suffix)",
            validity: validity(configuration.policy.authorityLifetime)
        )
    }

    /// Not valid for longer than its CA.
    private func issue(_ authority: CertificateAuthority) throws(TLSError) -> CertificateAuthority.Identity {
        let wanted = validity(configuration.policy.certificateLifetime)
        let end = max(wanted.lowerBound, min(wanted.upperBound, authority.identity.certificate.info.notAfter))
        return try authority.issue(
            commonName: "pod-identity-webhook",
            dnsNames: configuration.dnsNames,
            validity: wanted.lowerBound...end
        )
    }

    private func validity(_ lifetime: Int64) -> CertificateAuthority.Validity {
        (now - OwnCertificatesStateMachine.Certificate.skew)...(now + lifetime)
    }
}
