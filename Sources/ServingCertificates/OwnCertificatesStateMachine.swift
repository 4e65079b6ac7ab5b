internal import NIOOpenSSL

/// Decides what a replica does about the webhook's own certificates. It knows of them only what it needs, so that decades
/// can be tried in a moment.
///
/// The Secret holds the CAs; each change of it is made on the condition that nobody else was faster. The serving
/// certificate is the replica's own. The rules that keep calls from failing while a CA is exchanged:
///
/// - A new CA enters the Secret, then the bundle, beside the old one, which goes on signing.
/// - The first replica that has seen the new CA in the bundle for the settling time writes into the Secret that it signs
///   from now on. The old one's key goes in the same moment. A replica that starts believes the Secret; one that serves
///   already has to have seen the new CA in the bundle for as long itself.
/// - The old CA stays trusted until every certificate that it can have signed has expired.
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

    struct Moment: Sendable, Equatable {
        /// Seconds since 1970-01-01T00:00:00Z, by the clock of those who verify certificates. It may jump.
        var time: Int64
        /// Seconds since some moment. It never jumps.
        var uptime: Int64
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

        func isValid(at now: Moment) -> Bool { now.time >= notBefore && now.time < notAfter }

        var creation: Int64 { notBefore + Self.skew }

        /// Two thirds of the lifetime.
        var renewal: Int64 { notAfter - max(notAfter - creation, 0) / 3 }
    }

    /// What can be used of the Secret.
    struct Secret: Sendable, Equatable {
        /// The newest first.
        var authorities: [Certificate] = []
        /// Whether the key of the newest is there.
        var hasNewestKey = false
        /// The one of `authorities` that signs serving certificates, if its key is there.
        var signer: Certificate?
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
        /// Whether the newest CA signs from now on. Otherwise the one that did goes on.
        var newestSigns: Bool
    }

    enum Action: Sendable, Equatable {
        /// A certificate of this CA is to be made and put in use; `served(_:)` tells that it is.
        case serve(issuer: Certificate)
        /// Every bundle is to hold these CAs.
        case writeBundles([Certificate])
        case writeSecret(Plan)
    }

    /// CAs at the same time at most. Only a Secret that is deleted again and again gets so far.
    static let maximumAuthorities = 16

    let policy: Policy
    private(set) var serving: Certificate?
    /// The CA that signed it. Secret and registration may lose it, and calls still depend on it.
    private var issuer: Certificate?
    /// The uptime since which the registration trusts a CA without a break.
    private var trustedSince: [String: Int64] = [:]

    init(_ policy: Policy) { self.policy = policy }

    /// What was read, before a decision on it.
    mutating func observe(_ secret: Secret?, _ registration: Registration, at now: Moment) {
        let candidates = known(secret, registration).map(\.id)
        let trusted = Set(candidates.filter(registration.trusts))
        trustedSince = trustedSince.filter { trusted.contains($0.key) }
        for id in trusted where trustedSince[id] == nil { trustedSince[id] = now.uptime }
    }

    mutating func served(_ certificate: Certificate, by issuer: Certificate) {
        serving = certificate
        self.issuer = issuer
    }

    /// What callers may depend on, the newest first.
    private func known(_ secret: Secret?, _ registration: Registration) -> [Certificate] {
        var known = secret?.authorities ?? []
        for authority in registration.authorities + [issuer].compactMap({ $0 }) where !known.contains(authority) {
            known.append(authority)
        }
        return known
    }

    /// The first thing to do, if any. After it everything is read again.
    ///
    /// What a Secret that cannot be written does not keep from being done comes before it is written.
    func decide(_ secret: Secret?, _ registration: Registration, at now: Moment) -> Action? {
        if let signer = secret?.signer, isToServe(signer, registration, at: now) { return .serve(issuer: signer) }
        if let secret, secret.hasNewestKey {
            let wanted = bundle(secret, registration, at: now)
            let identifiers = Set(wanted.map(\.id))
            if registration.bundles.contains(where: { $0 != identifiers }) { return .writeBundles(wanted) }
        }
        return plan(secret, registration, at: now).map { .writeSecret($0) }
    }

    /// Whether calls that come in now find a certificate that they accept.
    func isVerified(by registration: Registration, at now: Moment) -> Bool {
        guard let serving else { return false }
        return serving.isValid(at: now) && registration.trusts(serving.issuer)
    }

    private func isToServe(_ signer: Certificate, _ registration: Registration, at now: Moment) -> Bool {
        guard signer.isValid(at: now) else { return false }
        guard let serving, serving.isValid(at: now) else { return true }
        if serving.issuer == signer.id {
            let end = min(now.time + policy.certificateLifetime, signer.notAfter)
            return now.time >= serving.renewal && end > serving.notAfter
        }
        if registration.trusts(signer.id), !registration.trusts(serving.issuer) { return true }
        return hasSettled(signer, registration, at: now)
    }

    /// Without a registration nobody calls, and there is nothing to wait for.
    private func hasSettled(
        _ authority: Certificate,
        _ registration: Registration,
        at now: Moment,
        times factor: Int64 = 1
    ) -> Bool {
        if registration.bundles.isEmpty { return true }
        return trustedSince[authority.id].map { now.uptime - $0 >= policy.settlingTime * factor } ?? false
    }
}

// MARK: The Secret

extension OwnCertificatesStateMachine {
    /// Nil while the Secret is as it should be.
    private func plan(_ secret: Secret?, _ registration: Registration, at now: Moment) -> Plan? {
        let stored = secret ?? Secret()
        guard let newest = stored.authorities.first, stored.hasNewestKey, now.time < newest.renewal,
            !isTooEarly(for: newest, stored.signer, at: now)
        else { return planForNewAuthority(stored, registration, at: now) }
        let promotes =
            stored.signer != newest && newest.isValid(at: now) && hasSettled(newest, registration, at: now)
        let kept = withoutSpent(stored.authorities, stored.signer, registration, at: now)
        return promotes || kept != stored.authorities ? Plan(authorities: kept, newestSigns: promotes) : nil
    }

    /// Whether a CA is not valid yet, and waiting for it would leave nothing to serve with: a clock was ahead when it was
    /// made, or is behind now.
    private func isTooEarly(for newest: Certificate, _ signer: Certificate?, at now: Moment) -> Bool {
        now.time < newest.notBefore && signer?.isValid(at: now) != true
            && (serving.map { now.time >= $0.renewal } ?? true)
    }

    /// The new CA signs at once only where none was before that callers may depend on.
    private func planForNewAuthority(_ stored: Secret, _ registration: Registration, at now: Moment) -> Plan {
        let kept = withoutSpent(known(stored, registration), stored.signer, registration, at: now)
        let limited = limit(kept, to: Self.maximumAuthorities - 1, stored.signer)
        return Plan(makesAuthority: true, authorities: limited, newestSigns: kept.isEmpty)
    }

    /// A CA that callers may depend on is there until it is spent, even if the Secret does not have it any more: an older
    /// Secret may have been restored.
    private func bundle(_ secret: Secret, _ registration: Registration, at now: Moment) -> [Certificate] {
        let kept = withoutSpent(known(secret, registration), secret.signer, registration, at: now)
        let others = kept.filter { !secret.authorities.contains($0) }
        return limit(secret.authorities + others, to: Self.maximumAuthorities, secret.signer)
    }

    private func limit(_ authorities: [Certificate], to limit: Int, _ signer: Certificate?) -> [Certificate] {
        var limited = authorities
        while limited.count > limit,
            let last = limited.lastIndex(where: { $0 != signer && $0 != issuer })
        { limited.remove(at: last) }
        return limited
    }

    /// Leaves out the CAs that have expired, and those of which no certificate can be in use any more: one that is older than
    /// the CA that signs has signed nothing since that one settled. Until all replicas have had the time to see that it has,
    /// none is left out.
    private func withoutSpent(
        _ authorities: [Certificate],
        _ signer: Certificate?,
        _ registration: Registration,
        at now: Moment
    ) -> [Certificate] {
        let valid = authorities.filter { now.time < $0.notAfter }
        guard let signer, hasSettled(signer, registration, at: now, times: 2),
            now.time >= signer.creation + policy.certificateLifetime + policy.settlingTime * 2
        else { return valid }
        return valid.filter { $0 == valid.first || $0 == signer || $0.creation > signer.creation }
    }
}
