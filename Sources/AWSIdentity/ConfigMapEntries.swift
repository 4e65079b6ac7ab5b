internal import GoSyntax
internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// The content of the ConfigMap `pod-identity-webhook`: roles for ServiceAccounts whose annotations name none.
///
/// Its key `config` contains JSON: `{"NAMESPACE/NAME": {"RoleARN", "Audience", "UseRegionalSTS", "TokenExpiration"}}`.
/// The namespace may be a pattern.
package struct ConfigMapEntries: ProviderConfiguration {
    package static let name = "pod-identity-webhook"
    static let key = "config"

    struct Entry: Equatable, Sendable {
        /// The ARN of the role; empty if the entry has none.
        var roleARN = ""
        /// The audience of the token; empty for the default.
        var audience = ""
        var usesRegionalSTS = false
        /// The lifetime of the token; nil for the default.
        var expiration: TokenExpiration?

        fileprivate var hasMalformedRole: Bool { !roleARN.isEmpty && RoleARN.problem(in: roleARN) != nil }
    }

    private struct Candidates: Sendable {
        var exact: [String: Entry] = [:]
        /// The entries with a pattern, the most specific one first.
        var patterns: [(namespace: NamespaceGlob, entry: Entry)] = []
    }

    private var candidates: [String: Candidates] = [:]
    /// The number of entries that can take effect, and of those that cannot because they are skipped or have a
    /// malformed role.
    package private(set) var counts = (valid: 0, invalid: 0)

    static func source(in namespace: String) -> ProviderConfigurationSource {
        ProviderConfigurationSource(.configMap(NamespacedName(namespace: namespace, name: name), key: key), Self.self)
    }

    /// The entry that names the ServiceAccount without a pattern.
    func exact(_ account: NamespacedName) -> Entry? { candidates[account.name]?.exact[account.namespace] }

    /// The entry that names the ServiceAccount, or otherwise the one with the most specific pattern that matches its
    /// namespace.
    func entry(for account: NamespacedName) -> Entry? {
        guard let candidates = candidates[account.name] else { return nil }
        if let exact = candidates.exact[account.namespace] { return exact }
        return candidates.patterns.first { $0.namespace.matches(account.namespace) }?.entry
    }
}

extension ConfigMapEntries {
    /// Reads the JSON of the key `config`. Entries that cannot be used are skipped.
    ///
    /// - Throws: `JSONError`, or `AWSIdentityError.malformed` if the text is not an object.
    package init(parsing text: [UInt8], problems: inout Warnings) throws {
        let (entries, skipped) = try Self.entries(in: text, problems: &problems)
        self.init(entries)
        let malformed = entries.values.count { $0.hasMalformedRole }
        counts = (valid: entries.count - malformed, invalid: malformed + skipped)
    }

    private static func entries(
        in text: [UInt8],
        problems: inout Warnings
    ) throws -> (usable: [Key: Entry], skipped: Int) {
        try JSONParser().parse(text) { root in
            guard root.kind == .object || root.isNull else {
                throw AWSIdentityError.malformed("it must be a JSON object with entries \"NAMESPACE/NAME\"")
            }
            var entries: [Key: Entry] = [:]
            var skipped = 0
            for (text, value) in root.members {
                let text = text.string
                do {
                    entries[try Key(text)] = try Entry(value, key: text, problems: &problems)
                } catch {
                    skipped += 1
                    problems.append("the entry \"\(text.prefix(320))\" is ignored: \(error)")
                }
            }
            return (entries, skipped)
        }
    }

    private init(_ entries: [Key: Entry]) {
        for (key, entry) in entries {
            if key.namespace.isLiteral {
                candidates[key.name, default: Candidates()].exact[key.namespace.text] = entry
            } else {
                candidates[key.name, default: Candidates()].patterns.append((key.namespace, entry))
            }
        }
        for name in candidates.keys {
            candidates[name]?.patterns.sort { NamespaceGlob.isMoreSpecific($0.namespace, $1.namespace) }
        }
    }

    private struct Key: Hashable {
        let namespace: NamespaceGlob
        let name: String

        /// Names are Kubernetes' own (RFC 1123): a label for the namespace, a subdomain for the ServiceAccount.
        init(_ text: String) throws(AWSIdentityError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw .malformed("its key must be NAMESPACE/NAME") }
            guard Self.consists(parts[0], of: "*?") else {
                throw .malformed("the namespace must consist of a-z, 0-9, -, and * and ? as wildcards")
            }
            guard Self.consists(parts[1], of: ".") else {
                throw .malformed("the name must consist of a-z, 0-9, - and .")
            }
            namespace = NamespaceGlob(String(parts[0]))
            name = String(parts[1])
        }

        private static func consists(_ text: Substring, of others: String) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { NamespacedName.isLabelByte($0) || others.utf8.contains($0) }
        }
    }
}

extension ConfigMapEntries.Entry {
    fileprivate init(_ value: JSONValue, key: String, problems: inout Warnings) throws(AWSIdentityError) {
        guard value.kind == .object else { throw .malformed("it must be an object") }
        func trimmed(_ field: StaticString) throws(AWSIdentityError) -> String {
            let text = try value.string(field) ?? ""
            let trimmed = text.withoutSurroundingWhitespace
            if trimmed != text { problems.append("the entry \"\(key)\": white space around \(field) is ignored") }
            return trimmed
        }
        roleARN = try trimmed("RoleARN")
        audience = try trimmed("Audience")
        if let regional = value.goField("UseRegionalSTS") {
            guard let regional = regional.bool else { throw .malformed("UseRegionalSTS must be true or false") }
            usesRegionalSTS = regional
        }
        if let expiration = value.goField("TokenExpiration") {
            guard let seconds = expiration.int else {
                throw .malformed("TokenExpiration must be a whole number of seconds")
            }
            if seconds != 0 {
                let source = "the entry \"\(key)\": TokenExpiration"
                self.expiration = TokenExpiration.clamp(seconds, source: source, warnings: &problems)
            }
        }
        if !roleARN.isEmpty, let problem = RoleARN.problem(in: roleARN) {
            problems.append("the entry \"\(key)\": RoleARN: \(problem)")
        }
    }
}

extension JSONValue {
    fileprivate func string(_ field: StaticString) throws(AWSIdentityError) -> String? {
        guard let value = goField(field) else { return nil }
        guard let text = value.text else { throw .malformed("\(field) must be a string") }
        return text.string(cutTo: Annotations.maximumValue)
    }
}
