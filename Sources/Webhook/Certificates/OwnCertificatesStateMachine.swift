/// Decides what to do about the webhook's own certificates: make them, renew them, tell the API servers which CAs to
/// trust, and serve them. It knows of certificates only what it needs, so that decades can be tried in a moment.
///
/// Every replica runs one. What they agree by is the Secret; each change of it is made on the condition that nobody else
/// was faster. The rules that keep calls from failing while a CA is exchanged:
///
/// - A new CA enters the Secret, then the bundle, beside the old one. The old one's key is gone from then on.
/// - A certificate of the new CA is made once the bundle has had that CA for the settling time, and served by a replica
///   once that replica has seen the CA in the bundle for as long.
/// - The old CA stays until every certificate that it can have signed has expired.
///
/// The caller reads the registration before the Secret. Then no bundle that another replica has written from a newer
/// Secret is overwritten from an older one: the condition on the registration's version fails.
struct OwnCertificatesStateMachine: Sendable {
    /// All in seconds.
    struct Policy: Sendable, Equatable {
        var authorityLifetime: Int64
        var certificateLifetime: Int64
        /// How long API servers may take to use a bundle that was written.
        var settlingTime: Int64
    }

    /// A certificate, as far as decisions go. Times are seconds since 1970-01-01T00:00:00Z.
    struct Certificate: Hashable, Sendable {
        /// Tells it from all others.
        let id: String
        /// The `id` of the CA that signed it; its own for a CA.
        let issuer: String
        let notBefore: Int64
        let notAfter: Int64

        /// Clocks of those who verify it may be behind by this.
        static let skew: Int64 = 3600

        func isValid(at now: Int64) -> Bool { now >= notBefore && now < notAfter }

        var creation: Int64 { notBefore + Self.skew }

        /// Two thirds of the lifetime.
        var renewal: Int64 { notAfter - max(notAfter - creation, 0) / 3 }
    }

    /// What can be used of the Secret.
    struct Secret: Sendable, Equatable {
        /// The newest first.
        var authorities: [Certificate] = []
        /// Whether the key of the first of them is there.
        var canSign = false
        /// With its key, for the right names, and signed by one of `authorities`.
        var serving: Certificate?
    }

    /// The webhooks that point to the Service.
    struct Registration: Sendable, Equatable {
        /// Their bundles. One that cannot be read, or holds more than certificates, is nil.
        var bundles: [Set<String>?] = []
        /// The CAs of this program that any of them holds.
        var authorities: [Certificate] = []

        /// Whether every call to the webhook accepts certificates of this CA.
        func trusts(_ authority: String) -> Bool {
            !bundles.isEmpty && bundles.allSatisfy { $0?.contains(authority) == true }
        }
    }

    /// The Secret as it should be.
    struct Plan: Sendable, Equatable {
        /// Whether a new CA is made, and goes before all others.
        var makesAuthority = false
        /// What else is trusted, the newest first.
        var authorities: [Certificate]
        /// Whether a serving certificate of the first CA is made. The one of the Secret stays otherwise.
        var issues: Bool
    }

    enum Action: Sendable, Equatable {
        case writeSecret(Plan)
        /// Every bundle is to hold the authorities of the Secret.
        case writeBundles
        /// The certificate of the Secret is to be put in use; `served(_:)` tells that it is.
        case serve(Certificate)
    }

    /// CAs at the same time at most. Only a Secret that is deleted again and again gets so far.
    static let maximumAuthorities = 8

    let policy: Policy
    private(set) var serving: Certificate?
    /// What the Secret trusted when it was last seen in order: it may be lost, and calls may still depend on it.
    private var remembered: [Certificate] = []
    /// Since when the registration trusts a CA without a break.
    private var trustedSince: [String: Int64] = [:]

    init(_ policy: Policy) { self.policy = policy }

    /// What was read, before a decision on it.
    mutating func observe(_ secret: Secret?, _ registration: Registration, at now: Int64) {
        let candidates = (registration.authorities + (secret?.authorities ?? []) + remembered).map(\.id)
        let trusted = Set(candidates.filter(registration.trusts))
        trustedSince = trustedSince.filter { trusted.contains($0.key) }
        for id in trusted where trustedSince[id] == nil { trustedSince[id] = now }
        if let secret, secret.canSign { remembered = secret.authorities }
    }

    mutating func served(_ certificate: Certificate) { serving = certificate }

    /// The first thing to do, if any. After it everything is read again.
    func decide(_ secret: Secret?, _ registration: Registration, at now: Int64) -> Action? {
        if let plan = plan(secret, registration, at: now) { return .writeSecret(plan) }
        guard let secret else { return nil }
        if let certificate = secret.serving, certificate != serving, mayServe(certificate, registration, at: now) {
            return .serve(certificate)
        }
        let wanted = Set(secret.authorities.map(\.id))
        return registration.bundles.contains { $0 != wanted } ? .writeBundles : nil
    }

    /// Whether calls that come in now find a certificate that they accept.
    func isVerified(by registration: Registration, at now: Int64) -> Bool {
        guard let serving else { return false }
        return serving.isValid(at: now) && registration.trusts(serving.issuer)
    }
}

extension OwnCertificatesStateMachine {
    /// Nil while the Secret is as it should be.
    private func plan(_ secret: Secret?, _ registration: Registration, at now: Int64) -> Plan? {
        let stored = secret ?? Secret()
        let valid = stored.authorities.filter { $0.isValid(at: now) }
        guard let signer = valid.first, signer == stored.authorities.first, stored.canSign, now < signer.renewal else {
            return planForNewAuthority(stored, valid, registration, at: now)
        }
        let usable = stored.serving.flatMap { leaf in
            leaf.isValid(at: now) && valid.contains { $0.id == leaf.issuer } ? leaf : nil
        }
        let isDue = usable.map { $0.issuer != signer.id || now >= $0.renewal } ?? true
        let issues = isDue && (usable == nil || hasSettled(signer.id, registration, at: now))
        let kept = withoutSpent(valid, stored.serving, at: now)
        return issues || kept != stored.authorities ? Plan(authorities: kept, issues: issues) : nil
    }

    /// The serving certificate stays, so that it can be served until the new CA is trusted.
    private func planForNewAuthority(
        _ stored: Secret,
        _ valid: [Certificate],
        _ registration: Registration,
        at now: Int64
    ) -> Plan {
        var known = valid
        for authority in remembered + registration.authorities
        where authority.isValid(at: now) && !known.contains(authority) { known.append(authority) }
        let kept = Array(withoutSpent(known, stored.serving, at: now).prefix(Self.maximumAuthorities - 1))
        let keepsServing = stored.serving.map { leaf in
            leaf.isValid(at: now) && kept.contains { $0.id == leaf.issuer }
        }
        return Plan(makesAuthority: true, authorities: kept, issues: keepsServing != true)
    }

    /// Leaves out the CAs of which no certificate can be in use any more: a CA signs nothing once there is a newer one.
    private func withoutSpent(_ authorities: [Certificate], _ stored: Certificate?, at now: Int64) -> [Certificate] {
        authorities.enumerated().filter { index, authority in
            guard index > 0 else { return true }
            let isInUse = [stored, serving].contains { $0?.issuer == authority.id && $0?.isValid(at: now) == true }
            return isInUse || now < authorities[index - 1].creation + policy.certificateLifetime
        }.map(\.element)
    }

    private func mayServe(_ certificate: Certificate, _ registration: Registration, at now: Int64) -> Bool {
        guard certificate.isValid(at: now) else { return false }
        guard let serving, serving.isValid(at: now) else { return true }
        if registration.trusts(certificate.issuer), !registration.trusts(serving.issuer) { return true }
        return certificate.issuer == serving.issuer || hasSettled(certificate.issuer, registration, at: now)
    }

    /// Without a registration nobody calls, and there is nothing to wait for.
    private func hasSettled(_ authority: String, _ registration: Registration, at now: Int64) -> Bool {
        if registration.bundles.isEmpty { return true }
        return trustedSince[authority].map { now - $0 >= policy.settlingTime } ?? false
    }
}
