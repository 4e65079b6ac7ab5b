internal import AWSSecurityTokenService
internal import JSON
internal import OIDCIssuer

extension WebIdentityToken {
    /// `kid`, which says by which key the token is signed (RFC 7515, 4.1.4); nil if it does not say so.
    var keyID: String? {
        guard let bytes = Base64URL.decode(header.utf8) else { return nil }
        return (try? JSONParser().parse(bytes) { $0["kid"]?.text?.string(cutTo: 256) }) ?? nil
    }
}
