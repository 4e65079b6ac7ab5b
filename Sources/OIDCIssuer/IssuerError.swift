/// Why a part of an issuer cannot be used.
package enum IssuerError: Error, Equatable, Sendable, CustomStringConvertible {
    case url(String, reason: String)
    /// The key cannot be included in the documents.
    case key(reason: String)
    /// There is no key for the documents.
    case noKeys
    /// `document` names what cannot be read.
    case malformed(document: String, reason: String)

    package var description: String {
        switch self {
        case .url(let text, let reason): "the issuer \"\(text)\" \(reason)"
        case .key(let reason): reason
        case .noKeys: "there is no key to verify tokens with"
        case .malformed(let document, let reason): "the \(document) cannot be read: \(reason)"
        }
    }
}
