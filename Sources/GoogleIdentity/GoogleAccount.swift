internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// The identity that a ServiceAccount specifies.
struct GoogleAccount: Equatable, Sendable {
    /// The resource name of the provider.
    let provider: String
    /// The address of Google's service account; nil if the pod itself is granted access.
    let email: String?
    /// The audience of tokens; empty for the default.
    let audience: String
    /// The lifetime of tokens in seconds; nil if the ServiceAccount does not set one.
    let expiration: Int64?
    let runAsUser: Int64?
    let mode: GoogleSettings.Mode?
    /// The project that the ServiceAccount specifies; empty for none.
    let project: String

    /// The name of the identity for human readers.
    var name: String { email ?? provider }
}

/// An annotation that cannot be used.
struct MalformedAnnotation: Error, Equatable {
    /// What is wrong, where, and what to do.
    let message: String

    init(_ message: String) { self.message = message }

    static func notAnInteger(_ text: String, _ source: String, _ what: String) -> MalformedAnnotation {
        MalformedAnnotation("\(source) must be \(what), such as 3600, not \"\(text.abridged)\"")
    }
}

extension GoogleKeys {
    /// Whether annotations specify an identity, valid or not.
    func giveIdentity(_ annotations: Annotations) -> Bool {
        annotations[provider] != nil || annotations[email] != nil
    }

    /// The identity of a ServiceAccount that specifies one.
    func account(_ annotations: Annotations) throws(MalformedAnnotation) -> GoogleAccount {
        for key in ofServiceAccounts where annotations[key].map(Annotations.isCut) ?? false {
            throw MalformedAnnotation("\(key) of the ServiceAccount has more than \(Annotations.maximumValue) bytes")
        }
        let expiration = try integer(annotations, expiration, "a whole number of seconds")
        let user = try integer(annotations, runAsUser, "a user ID")
        let mode = try mode(annotations)
        let email = try email(annotations)
        return GoogleAccount(
            provider: try provider(annotations),
            email: email,
            audience: annotations[audience] ?? "",
            expiration: expiration,
            runAsUser: user,
            mode: mode,
            project: annotations[project] ?? ""
        )
    }

    /// The lifetime in seconds that a pod sets, which takes precedence over all others; nil if it sets none.
    func expiration(of pod: PodView) throws(MalformedAnnotation) -> Int64? {
        guard let text = pod.annotation(expiration) else { return nil }
        guard let seconds = GoSyntax.parseInt(text) else {
            throw .notAnInteger(text, "\(expiration) of the pod", "a whole number of seconds")
        }
        return seconds
    }

    /// Checks the lists of containers: if a list is too long, its end is not known.
    func checkSkippedContainers(of pod: PodView) throws(MalformedAnnotation) {
        guard pod.annotation(skipContainers).map(Annotations.isCut) ?? false else { return }
        throw MalformedAnnotation(
            "\(skipContainers) of the pod has more than \(Annotations.maximumValue) bytes: name fewer containers"
        )
    }

    private func integer(
        _ annotations: Annotations,
        _ key: String,
        _ what: String
    ) throws(MalformedAnnotation) -> Int64? {
        guard let text = annotations[key] else { return nil }
        guard let number = GoSyntax.parseInt(text) else {
            throw .notAnInteger(text, "\(key) of the ServiceAccount", what)
        }
        return number
    }

    private func mode(_ annotations: Annotations) throws(MalformedAnnotation) -> GoogleSettings.Mode? {
        guard let text = annotations[mode] else { return nil }
        if let mode = GoogleSettings.Mode(rawValue: text.lowercased()) { return mode }
        throw MalformedAnnotation(
            "\(mode) of the ServiceAccount must be direct or gcloud, not \"\(text.abridged)\"; remove it to use the default"
        )
    }

    private func provider(_ annotations: Annotations) throws(MalformedAnnotation) -> String {
        guard let text = annotations[provider] else {
            throw MalformedAnnotation(
                "the ServiceAccount has \(email), but not \(provider): set it to \(ProviderName.form)"
            )
        }
        guard ProviderName.hasForm(text) else {
            throw MalformedAnnotation(
                "\(provider) of the ServiceAccount must be \(ProviderName.form), not \"\(text.abridged)\""
            )
        }
        return text
    }

    /// The address of Google's service account; nil if the pod itself is granted access.
    private func email(_ annotations: Annotations) throws(MalformedAnnotation) -> String? {
        if try isDirectAccess(annotations) { return nil }
        guard let text = annotations[email] else {
            throw MalformedAnnotation(
                "the ServiceAccount has \(provider), but not \(email): set it to the address of Google's service account, "
                    + "or \(exchange) to direct-access"
            )
        }
        return text
    }

    private func isDirectAccess(_ annotations: Annotations) throws(MalformedAnnotation) -> Bool {
        switch annotations[exchange]?.lowercased() {
        case nil, "service-account": return false
        case "direct-access": return true
        case let text?:
            throw MalformedAnnotation(
                "\(exchange) of the ServiceAccount must be service-account or direct-access, not \"\(text.abridged)\""
            )
        }
    }

    /// The names in a list that is separated by commas.
    static func names(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0).withoutSurroundingWhitespace }.filter { !$0.isEmpty }
    }
}
