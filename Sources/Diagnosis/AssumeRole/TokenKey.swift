internal import AWSSecurityTokenService
internal import JSON
internal import OIDCIssuer

extension WebIdentityToken {
    /// `kid`, which says by which key the token is signed (RFC 7515, 4.1.4); nil if it does not say so, or in more bytes than a
    /// key is named by here.
    var keyID: String? {
        guard let bytes = Base64URL.decode(header.utf8) else { return nil }
        return
            (try? JSONParser().parse(bytes) { root in
                root["kid"]?.text.flatMap { $0.utf8.count <= JSONWebKey.longestID ? $0.string : nil }
            }) ?? nil
    }
}
