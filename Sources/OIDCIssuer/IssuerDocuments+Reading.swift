package import JSON

/// What the document at `IssuerURL.configurationPath` says (OpenID Connect Discovery 1.0, 3), of whatever issuer.
package struct IssuerConfiguration: Equatable, Sendable {
    package let issuer: String
    /// `jwks_uri`
    package let keysURL: String

    /// The longest URL of a document, in bytes.
    private static let longestURL = 2048

    package init(_ root: JSONValue) throws(IssuerError) {
        func text(_ name: String) throws(IssuerError) -> String {
            guard let text = root.member(name)?.text, !text.isEmpty, text.utf8.count <= Self.longestURL else {
                throw .malformed(document: "discovery document", reason: "it has no \(name)")
            }
            return text.string
        }
        issuer = try text("issuer")
        keysURL = try text("jwks_uri")
    }

    package init(parsing document: [UInt8]) throws(IssuerError) {
        self = try read(document, "discovery document") { root throws(IssuerError) in try IssuerConfiguration(root) }
    }
}

/// The keys of an issuer (RFC 7517, 5).
package struct JSONWebKeySet: Equatable, Sendable {
    package let keys: [JSONWebKey]

    /// More keys than these are not looked at; AWS IAM takes 100 of RSA and 100 of elliptic curves.
    private static let mostKeys = 1000

    package init(_ root: JSONValue) throws(IssuerError) {
        guard let list = root["keys"], list.kind == .array else {
            throw .malformed(document: "document of keys", reason: "it has no list \"keys\"")
        }
        keys = list.elements.prefix(Self.mostKeys).map { JSONWebKey($0) }
    }

    package init(parsing document: [UInt8]) throws(IssuerError) {
        self = try read(document, "document of keys") { root throws(IssuerError) in try JSONWebKeySet(root) }
    }

    /// How the keys that an issuer publishes serve for the tokens of a cluster.
    package func compare(with published: JSONWebKeySet) -> KeyComparison {
        var comparison = KeyComparison()
        for key in keys {
            let same = published.keys.filter { $0.material == key.material }
            if same.contains(where: { $0.id == key.id }) {
                comparison.published.append(key.id)
            } else if let other = same.first {
                comparison.renamed.append((key.id, other.id))
            } else {
                comparison.missing.append(key.id)
            }
        }
        return comparison
    }
}

/// The cluster's keys, by what became of them.
package struct KeyComparison: Sendable {
    package fileprivate(set) var published: [String] = []
    /// Those that are published under another `kid` than tokens name.
    package fileprivate(set) var renamed: [(id: String, publishedAs: String)] = []
    package fileprivate(set) var missing: [String] = []
}

private func read<Result>(
    _ bytes: [UInt8],
    _ name: String,
    _ body: (JSONValue) throws(IssuerError) -> Result
) throws(IssuerError) -> Result {
    do {
        return try JSONParser().parse(bytes, body)
    } catch let error as IssuerError {
        throw error
    } catch {
        throw .malformed(document: name, reason: "\(error)")
    }
}
