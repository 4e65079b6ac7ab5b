internal import NIOOpenSSL

/// Decides what a replica does about the certificates that the webhook manages itself. It has no clock and no keys, so
/// that tests can go through decades in an instant.
///
/// The Secret contains the CAs. It is changed only on the condition that it is still as it was read. Each replica has
/// its own serving certificate. These rules prevent calls from failing while a CA is replaced:
///
/// - A new CA is first added to the Secret, and then to the bundles. The old CA remains, and still signs.
/// - The first replica that has seen the new CA in every bundle for the settling time marks it in the Secret as the one
///   that signs, and thereby deletes the old CA's key. A replica that starts relies on the Secret alone. One that already
///   has a certificate also waits until it has seen the new CA in every bundle for the settling time.
/// - The old CA stays in the bundles until every certificate that it can have signed has expired.
///
/// The caller reads the registration before the Secret. Otherwise a replica could overwrite bundles that another replica
/// has written from a newer Secret; in this order the condition on the registration's version fails.
struct ManagedCertificatesStateMachine: Sendable {
    /// Durations are in seconds.
    struct Policy: Sendable, Equatable {
        var authorityLifetime: Int64
        var certificateLifetime: Int64
        /// The longest time that an API server takes to start using a new bundle.
        var settlingTime: Int64
    }

    struct Moment: Sendable, Equatable {
        /// Seconds since 1970-01-01T00:00:00Z by the clock of the clients, which verify certificates. This clock may jump.
        var time: Int64
        /// Seconds of a monotonic clock.
        var uptime: Int64
    }

    /// The properties of a certificate that decisions depend on. Times are seconds since 1970-01-01T00:00:00Z.
    struct Certificate: Hashable, Sendable {
        /// The fingerprint.
        let id: String
        /// The `id` of the CA that signed this certificate. For a CA, its own `id`.
        let issuer: String
        let notBefore: Int64
        let notAfter: Int64

        /// How far the clocks of clients may be behind, in seconds: certificates become valid this much earlier.
        static let skew: Int64 = 3600

        func isValid(at now: Moment) -> Bool { now.time >= notBefore && now.time < notAfter }

        var creation: Int64 { notBefore + Self.skew }

        /// When two thirds of the lifetime are over.
        var renewal: Int64 { notAfter - max(notAfter - creation, 0) / 3 }
    }

    /// The usable parts of the Secret.
    struct Secret: Sendable, Equatable {
        /// Newest first.
        var authorities: [Certificate] = []
        /// Whether the Secret has the key of the newest CA.
        var hasNewestKey = false
        /// The CA among `authorities` that signs serving certificates; nil if its key is missing.
        var signer: Certificate?
    }

    /// The webhooks in the MutatingWebhookConfiguration that call the Service.
    struct Registration: Sendable, Equatable {
        /// The `id`s of the certificates in each webhook's bundle; nil for a bundle that cannot be read.
        var bundles: [Set<String>?] = []
        /// The CAs that this program created and that any of the bundles contains.
        var authorities: [Certificate] = []

        /// Whether the API server accepts certificates of this CA on every call.
        func trusts(_ authority: String) -> Bool {
            !bundles.isEmpty && bundles.allSatisfy { $0?.contains(authority) == true }
        }
    }

    /// A change to the Secret.
    struct Plan: Sendable, Equatable {
        /// Whether a new CA is created, which precedes all others.
        var makesAuthority = false
        /// The CAs that are kept, newest first.
        var authorities: [Certificate]
        /// Whether the newest CA signs from now on, instead of the one that has signed so far.
        var newestSigns: Bool
    }

    enum Action: Sendable, Equatable {
        /// Issue a certificate of this CA and serve with it; then call `served(_:by:)`.
        case serve(issuer: Certificate)
        /// Replace every bundle with these CAs.
        case writeBundles([Certificate])
        case writeSecret(Plan)
    }

    /// The maximum number of CAs. Only a Secret that is deleted repeatedly leads to this many.
    static let maximumAuthorities = 16

    let policy: Policy
    private(set) var serving: Certificate?
    /// The CA that signed `serving`. Calls depend on it even if it disappears from the Secret and the registration.
    private var issuer: Certificate?
    /// For each CA that the registration trusts, the uptime since which it has done so without interruption.
    private var trustedSince: [String: Int64] = [:]

    init(_ policy: Policy) { self.policy = policy }

    /// Must be called with what was just read, before `decide`.
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

    /// The CAs that clients may depend on, newest first.
    private func known(_ secret: Secret?, _ registration: Registration) -> [Certificate] {
        var known = secret?.authorities ?? []
        for authority in registration.authorities + [issuer].compactMap({ $0 }) where !known.contains(authority) {
            known.append(authority)
        }
        return known
    }

    /// The next action, if there is anything to do. After it, the caller must read the objects again.
    ///
    /// The Secret is written last, so that everything that does not depend on it is done even if it cannot be written.
    func decide(_ secret: Secret?, _ registration: Registration, at now: Moment) -> Action? {
        if let signer = secret?.signer, shouldServe(signer, registration, at: now) { return .serve(issuer: signer) }
        if let secret, secret.hasNewestKey {
            let wanted = bundle(secret, registration, at: now)
            let identifiers = Set(wanted.map(\.id))
            if registration.bundles.contains(where: { $0 != identifiers }) { return .writeBundles(wanted) }
        }
        return plan(secret, registration, at: now).map { .writeSecret($0) }
    }

    /// Whether the API server accepts the certificate on calls that it makes now.
    func isVerified(by registration: Registration, at now: Moment) -> Bool {
        guard let serving else { return false }
        return serving.isValid(at: now) && registration.trusts(serving.issuer)
    }

    private func shouldServe(_ signer: Certificate, _ registration: Registration, at now: Moment) -> Bool {
        guard signer.isValid(at: now) else { return false }
        guard let serving, serving.isValid(at: now) else { return true }
        if serving.issuer == signer.id {
            let end = min(now.time + policy.certificateLifetime, signer.notAfter)
            return now.time >= serving.renewal && end > serving.notAfter
        }
        if registration.trusts(signer.id), !registration.trusts(serving.issuer) { return true }
        return hasSettled(signer, registration, at: now)
    }

    /// Whether clients trust the CA by now. Without a registration, there are no clients, so there is nothing to wait
    /// for.
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

extension ManagedCertificatesStateMachine {
    /// Nil if the Secret is as it should be.
    private func plan(_ secret: Secret?, _ registration: Registration, at now: Moment) -> Plan? {
        let stored = secret ?? Secret()
        guard let newest = stored.authorities.first, stored.hasNewestKey, now.time < newest.renewal,
            !isTooEarly(for: newest, stored.signer, at: now)
        else { return planForNewAuthority(stored, registration, at: now) }
        let promotes =
            stored.signer != newest && newest.isValid(at: now) && hasSettled(newest, registration, at: now)
        let kept = removingUnused(stored.authorities, stored.signer, registration, at: now)
        return promotes || kept != stored.authorities ? Plan(authorities: kept, newestSigns: promotes) : nil
    }

    /// Whether the newest CA is not valid yet, and there would be no certificate while waiting for it. In this case, a
    /// clock was ahead when the CA was created, or is behind at present.
    private func isTooEarly(for newest: Certificate, _ signer: Certificate?, at now: Moment) -> Bool {
        now.time < newest.notBefore && signer?.isValid(at: now) != true
            && (serving.map { now.time >= $0.renewal } ?? true)
    }

    /// The new CA signs at once only if there is no other that clients may depend on.
    private func planForNewAuthority(_ stored: Secret, _ registration: Registration, at now: Moment) -> Plan {
        let kept = removingUnused(known(stored, registration), stored.signer, registration, at: now)
        let limited = limit(kept, to: Self.maximumAuthorities - 1, stored.signer)
        return Plan(makesAuthority: true, authorities: limited, newestSigns: kept.isEmpty)
    }

    /// Keeps a CA that clients may depend on even if the Secret has lost it, because someone may have restored an older
    /// Secret.
    private func bundle(_ secret: Secret, _ registration: Registration, at now: Moment) -> [Certificate] {
        let kept = removingUnused(known(secret, registration), secret.signer, registration, at: now)
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

    /// Removes CAs that have expired, and those whose certificates cannot be in use any more: a CA that is older than the one
    /// that signs has issued nothing since that one settled. Nothing else is removed until all replicas have had the time
    /// to see that it has settled.
    private func removingUnused(
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
