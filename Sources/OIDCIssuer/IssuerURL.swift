package import HTTPClient

/// The URL of an issuer: the `iss` of its tokens, byte for byte, and the place of its documents (OpenID Connect
/// Discovery 1.0, 3 and 4).
package struct IssuerURL: Equatable, Sendable, CustomStringConvertible {
    /// The URL in tokens and documents. A slash at its end is significant.
    package let text: String
    /// The base of the documents' paths: the same URL without a slash at its end.
    package let base: String
    package let server: ServerURL

    /// The path of the document below the base.
    package static let configurationPath = "/.well-known/openid-configuration"
    /// The path of the keys below the base, in the API server and in this program.
    package static let keysPath = "/openid/v1/jwks"
    /// The longest URL of a provider in AWS IAM, in characters (IAM API reference, `CreateOpenIDConnectProvider`).
    package static let longestForAWS = 255

    /// - Throws: `IssuerError.url` for URLs that kube-apiserver does not accept as issuers with documents: with a
    ///   scheme other than `https`, a query, a fragment or a user.
    package init(parsing text: String) throws(IssuerError) {
        guard text.hasPrefix("https://") else { throw .url(text, reason: "must start with https://") }
        do {
            server = try ServerURL(parsing: text)
        } catch {
            throw .url(text, reason: error.reason)
        }
        self.text = text
        var base = text[...]
        while base.hasSuffix("/") { base.removeLast() }
        self.base = String(base)
    }

    package var configurationURL: String { base + Self.configurationPath }
    package var keysURL: String { base + Self.keysPath }
    package var description: String { text }

    /// Whether the URL contains a port, which AWS IAM does not accept.
    package var namesPort: Bool { authority != server.host && authority != "[\(server.host)]" }

    private var authority: String { String(text.dropFirst("https://".count).prefix { $0 != "/" }) }

    /// Whether no cloud can reach the server.
    package var isInternal: Bool { server.isInternal }

    /// Whether Amazon EKS publishes the documents.
    package var isOfEKS: Bool { EKSIssuer(host: server.host) != nil }

    /// The issuer's name in IAM, in the names of providers and condition keys.
    package var nameInAWS: String { String(text.dropFirst("https://".count)) }
}
