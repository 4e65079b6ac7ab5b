import JSON
import NIOOpenSSL
import TestSupport
import Testing

@testable import OIDCIssuer

@Suite("An issuer's documents", .timeLimit(.minutes(5)))
struct IssuerDocumentsTests {
    /// The keys as formatted by Python's `cryptography`, with the members in kube-apiserver's order.
    private static let rsa =
        #"{"use":"sig","kty":"RSA","kid":"m9dkF22aK4baKLzkG5wjBTI6McMsQUJv0yWBoGQ7d9g","alg":"RS25"#
        + #"6","n":"u9hJVy49-CXjpDJBcSG951ydqmZZs-KbFbMZZdt7cT8uOZMONGdVjJdyQEv60XdB8p-WxtBcwbzqSUPJ"#
        + #"FI5c6-1pWm2Ro2neGv2eBn9c1_EXCQjf2Xc4Zj-x5Nz_yXnFW0nlinPLDTRE2E-ObHp6-P45LpmPpU9cDI2pRA9O"#
        + #"dj2h1KYXAIQMcl-13MD5jJbRjPgubxbuxeUh_qZhBXxaX7eNH7uonYCFtmOXClNiq6Gl-g141SfskWd_g8vn22DX"#
        + #"S58vQmwx2Pzg0kbcujsjFE8gK_JYlt4i031_9ku7lz-AGBUu1Me-SivrGju-hy-_bKuSvmZ8KUpSRvbk3rYNFw","#
        + #""e":"AQAB"}"#
    private static let curve =
        #"{"use":"sig","kty":"EC","kid":"T1k9Nzsljd12P589J7Yo5pPkMvoZ0uCyFGhbyA3f06g","crv":"P-256"#
        + #"","alg":"ES256","x":"AExVyXc7i8tQfEdMpuX5ptEapt3PTtOB813W5Z4LSQk","y":"kWilh9_QZHFdJMekE"#
        + #"MXAnVbcfhWeL6Nt1qIpf3sTTNo"}"#

    private static func keys(_ texts: String...) throws -> [JSONWebKey] {
        try texts.flatMap { try PublicKey.parse(Array($0.utf8)) }.map { try JSONWebKey($0) }
    }

    private static func documents(_ keys: [JSONWebKey], url: String = "https://id.example.com/a/") throws -> (
        configuration: String, keys: String
    ) {
        let documents = try IssuerDocuments(try IssuerURL(parsing: url), keys: keys)
        return (
            String(decoding: documents.configuration, as: UTF8.self), String(decoding: documents.keys, as: UTF8.self)
        )
    }

    @Test("are what kube-apiserver serves for the same keys")
    func text() throws {
        let found = try Self.documents(try Self.keys(KeyFixtures.rsa, KeyFixtures.curve))
        #expect(found.keys == #"{"keys":[\#(Self.rsa),\#(Self.curve)]}"#)
        #expect(
            found.configuration
                == #"{"issuer":"https://id.example.com/a/","jwks_uri":"https://id.example.com/a/openid/v1/jwks","#
                + #""response_types_supported":["id_token"],"subject_types_supported":["public"],"#
                + #""id_token_signing_alg_values_supported":["ES256","RS256"]}"#
        )
    }

    @Test("have each key once, in the given order")
    func twice() throws {
        let found = try Self.documents(
            try Self.keys(KeyFixtures.curve, KeyFixtures.rsaPKCS1, KeyFixtures.rsa, KeyFixtures.compressed)
        )
        #expect(found.keys == #"{"keys":[\#(Self.curve),\#(Self.rsa)]}"#)
    }

    @Test("preserve the keys of an existing document")
    func again() throws {
        let keys = try Self.keys(KeyFixtures.rsa, KeyFixtures.curve)
        let documents = try IssuerDocuments(try IssuerURL(parsing: "https://a"), keys: keys)
        let read = try JSONWebKeySet(parsing: documents.keys)
        #expect(read.keys == keys)
        #expect(try IssuerDocuments(try IssuerURL(parsing: "https://a"), keys: read.keys) == documents)
        let configuration = try IssuerConfiguration(parsing: documents.configuration)
        #expect(configuration.issuer == "https://a" && configuration.keysURL == "https://a/openid/v1/jwks")
    }

    @Test(
        "cannot contain unsupported keys",
        arguments: [(KeyFixtures.ed25519, "ED25519"), (KeyFixtures.p384, "secp384r1")]
    )
    func unsupported(pem: String, name: String) throws {
        let error = #expect(throws: IssuerError.self) { try Self.keys(pem) }
        #expect(error.map { "\($0)".contains(name) } ?? false)
    }

    @Test("of a cluster are refused if a key has no kid or algorithm, or if there is no key")
    func refused() throws {
        for list in [
            "", #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            #"{"kty":"EC","crv":"P-384","kid":"a","x":"AQ","y":"AQ"}"#, #"{"kty":"RSA","kid":"a","n":"A+","e":"AQAB"}"#,
            #"{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"},{"kty":"RSA","kid":"a","n":"AQAD","e":"AQAB"}"#,
        ] {
            let keys = try JSONWebKeySet(parsing: Array(#"{"keys":[\#(list)]}"#.utf8)).keys
            #expect(throws: IssuerError.self, "\(list)") { try Self.documents(keys) }
        }
    }

    @Test("warn of an RSA key that is too short")
    func weak() throws {
        #expect(try Self.keys(KeyFixtures.weak)[0].weakness?.contains("has 1024 bits") ?? false)
        #expect(try Self.keys(KeyFixtures.rsa, KeyFixtures.curve).allSatisfy { $0.weakness == nil })
    }

    @Test(
        "of others are errors if they are malformed",
        arguments: ["", "{}", "[]", "{\"keys\":{}}", #"{"issuer":"a"}"#, #"{"issuer":1,"jwks_uri":""}"#, "<html>"]
    )
    func malformed(text: String) {
        #expect(throws: IssuerError.self) { try IssuerConfiguration(parsing: Array(text.utf8)) }
        #expect(throws: IssuerError.self) { try JSONWebKeySet(parsing: Array(text.utf8)) }
    }

    @Test("refuse an excessively long kid")
    func longID() throws {
        func key(_ length: Int) throws -> JSONWebKey {
            let id = String(repeating: "k", count: length)
            let text = #"{"keys":[{"kty":"RSA","kid":"\#(id)","n":"AQAB","e":"AQAB"}]}"#
            return try #require(try JSONWebKeySet(parsing: Array(text.utf8)).keys.first)
        }
        #expect(try key(256).id.utf8.count == 256)
        let refused = try key(257)
        #expect(refused.id.isEmpty && refused.algorithm == nil)
        #expect(throws: IssuerError.self) {
            try IssuerDocuments(try IssuerURL(parsing: "https://a.example.com"), keys: [refused])
        }
    }

    @Test("are compared by the keys and by the kid in tokens")
    func comparison() throws {
        func set(_ keys: String...) throws -> JSONWebKeySet {
            try JSONWebKeySet(parsing: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8))
        }
        let renamed = Self.rsa.replacing("m9dkF22aK4baKLzkG5wjBTI6McMsQUJv0yWBoGQ7d9g", with: "other")
        let both = try set(Self.rsa, Self.curve)
        let same = both.compare(with: try set(Self.curve, #"{"kty":"OKP"}"#, Self.rsa))
        #expect(same.published.count == 2 && same.missing.isEmpty && same.renamed.isEmpty)
        let stale = both.compare(with: try set(Self.curve))
        #expect(stale.missing == ["m9dkF22aK4baKLzkG5wjBTI6McMsQUJv0yWBoGQ7d9g"] && stale.published.count == 1)
        let other = both.compare(with: try set(Self.curve, renamed))
        #expect(other.renamed.map(\.publishedAs) == ["other"] && other.missing.isEmpty)
        // The same kid with a different key is not the cluster's.
        let forged = Self.rsa.replacing(#""e":"AQAB""#, with: #""e":"AQAD""#)
        #expect(try set(Self.rsa).compare(with: try set(forged)).missing.count == 1)
    }
}
