internal import AWSSecurityTokenService
internal import JSON
internal import OIDCIssuer

extension WebIdentityToken {
    /// `kid`, which identifies the key that signed the token (RFC 7515, 4.1.4); nil if it is missing, or too long for
    /// the ID of a key.
    var keyID: String? {
        guard let bytes = Base64URL.decode(header.utf8) else { return nil }
        return
            (try? JSONParser().parse(bytes) { root in
                root["kid"]?.text.flatMap { $0.utf8.count <= JSONWebKey.longestID ? $0.string : nil }
            }) ?? nil
    }
}
