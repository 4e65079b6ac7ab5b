internal import NIOOpenSSL

/// Creates the CAs and certificates that `ManagedCertificatesStateMachine` asks for.
struct CertificateIssuer {
    private let configuration: ManagedCertificates.Configuration
    private let now: Int64

    /// - Parameter now: Seconds since 1970-01-01T00:00:00Z.
    init(_ configuration: ManagedCertificates.Configuration, now: Int64) {
        self.configuration = configuration
        self.now = now
    }

    /// The Secret according to the plan.
    ///
    /// - Parameter known: The CAs that the plan may refer to, by fingerprint.
    func apply(
        _ plan: ManagedCertificatesStateMachine.Plan,
        to secret: CertificateSecret?,
        known: [String: Certificate]
    ) throws(TLSError) -> CertificateSecret {
        var next = secret ?? CertificateSecret()
        next.authorities = plan.authorities.compactMap { known[$0.id] }
        if plan.makesAuthority {
            let authority = try makeAuthority().identity
            next.authorities.insert(authority.certificate, at: 0)
            next.newestKey = authority.privateKey
        }
        if plan.newestSigns, let certificate = next.authorities.first, let key = next.newestKey {
            next.signer = CertificateAuthority.Identity(certificate: certificate, privateKey: key)
        } else if let signer = next.signer, !next.authorities.contains(signer.certificate) {
            next.signer = nil
        }
        return next
    }

    /// Issues a serving certificate that expires no later than its CA.
    func issue(by signer: CertificateAuthority.Identity) throws(TLSError) -> CertificateAuthority.Identity {
        let wanted = validity(configuration.policy.certificateLifetime)
        let end = max(wanted.lowerBound, min(wanted.upperBound, signer.certificate.info.notAfter))
        return try CertificateAuthority(signer).issue(
            commonName: "pod-identity-webhook",
            dnsNames: configuration.dnsNames,
            validity: wanted.lowerBound...end
        )
    }

    private func makeAuthority() throws(TLSError) -> CertificateAuthority {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        return try CertificateAuthority.make(
            commonName: "\(ManagedCertificates.authorityName) \(suffix)",
            validity: validity(configuration.policy.authorityLifetime)
        )
    }

    private func validity(_ lifetime: Int64) -> CertificateAuthority.Validity {
        (now - ManagedCertificatesStateMachine.Certificate.skew)...(now + lifetime)
    }
}
