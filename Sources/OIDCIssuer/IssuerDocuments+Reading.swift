package import JSON

/// The content of the document at `IssuerURL.configurationPath` (OpenID Connect Discovery 1.0, 3), of any issuer.
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

    /// Keys beyond this number are ignored; AWS IAM accepts 100 RSA keys and 100 elliptic curve keys.
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

    /// Compares a cluster's keys with those that an issuer publishes.
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

/// The cluster's keys, by the result of the comparison.
package struct KeyComparison: Sendable {
    package fileprivate(set) var published: [String] = []
    /// Keys that are published under a different `kid` than in tokens.
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
