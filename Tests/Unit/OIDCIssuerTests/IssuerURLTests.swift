import Testing

@testable import OIDCIssuer

@Suite("An issuer's URL", .timeLimit(.minutes(5)))
struct IssuerURLTests {
    @Test(
        "keeps a trailing slash, but the URLs of its documents do not",
        arguments: [
            ("https://id.example.com", "https://id.example.com"), ("https://id.example.com/", "https://id.example.com"),
            ("https://example.com/clusters/a", "https://example.com/clusters/a"),
            ("https://example.com/clusters/a/", "https://example.com/clusters/a"),
        ]
    )
    func slash(text: String, base: String) throws {
        let url = try IssuerURL(parsing: text)
        #expect(url.text == text && url.keysURL == "\(base)/openid/v1/jwks")
        #expect(url.configurationURL == "\(base)/.well-known/openid-configuration")
    }

    @Test(
        "is refused if kube-apiserver would serve no documents for it",
        arguments: [
            ("", "must start with https://"), ("http://id.example.com", "must start with https://"),
            ("kubernetes/serviceaccount", "must start with https://"),
            ("HTTPS://id.example.com", "must start with https://"),
            ("https://", "has no host"), ("https://id.example.com?a=b", "must not have a query or a fragment"),
            ("https://id.example.com/#a", "must not have a query or a fragment"),
            ("https://me@id.example.com", "must not have a user name; credentials are given elsewhere"),
            ("https://id.example.com:0", "has no valid port (1 to 65535); an IPv6 address needs brackets"),
            ("https://id.example.com/a b", "must consist of printable ASCII characters without spaces"),
            ("https://idé.example.com", "must consist of printable ASCII characters without spaces"),
        ]
    )
    func refused(text: String, reason: String) {
        #expect(throws: IssuerError.url(text, reason: reason)) { try IssuerURL(parsing: text) }
    }

    @Test(
        "is recognised as the cluster's own, which no cloud can reach",
        arguments: [
            ("kubernetes.default.svc", true), ("kubernetes.default.svc.cluster.local", true), ("localhost", true),
            ("kubernetes.default.svc.corp.example.com", true), ("kubernetes", true), ("svc.example.com", false),
            ("id.example.com", false), ("127.0.0.1", false), ("mysvc", false), ("10.0.0.1", true),
            ("172.31.255.1", true),
            ("172.32.0.1", false), ("192.168.1.1", true), ("169.254.1.1", true), ("10.0.0.1.example.com", false),
            ("[fd00::1]", true), ("[fe80::1]", true), ("[2001:db8::1]", false), ("10.0.0", false),
        ]
    )
    func isInternal(host: String, expected: Bool) throws {
        #expect(try IssuerURL(parsing: "https://\(host)").isInternal == expected)
    }

    @Test("has a port, a name in AWS, and may be published by EKS")
    func words() throws {
        #expect(try IssuerURL(parsing: "https://a:443/b").namesPort)
        #expect(try IssuerURL(parsing: "https://[::1]:8443").namesPort)
        #expect(try !IssuerURL(parsing: "https://a/b").namesPort && !IssuerURL(parsing: "https://[::1]").namesPort)
        let hosted = try IssuerURL(parsing: "https://oidc.eks.eu-central-1.amazonaws.com/id/A1")
        #expect(hosted.isOfEKS && hosted.nameInAWS == "oidc.eks.eu-central-1.amazonaws.com/id/A1")
        #expect(try !IssuerURL(parsing: "https://oidc.example.com").isOfEKS)
    }

    @Test(
        "of EKS shows the region, in each partition and with both kinds of addresses",
        arguments: [
            ("oidc.eks.eu-central-1.amazonaws.com", "eu-central-1"), ("oidc-eks.eu-west-1.api.aws", "eu-west-1"),
            ("OIDC.EKS.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("oidc-eks.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"), ("oidc.eks.example.com", nil),
            ("oidc-eks.example.com", nil), ("oidc.eks.eu-west-1.amazonaws.com.example.com", nil),
            ("oidc.eks..amazonaws.com", nil), ("oidc-eks.eu-west-1.amazonaws.com", nil), ("eks.eu-west-1.api.aws", nil),
            ("", nil),
        ]
    )
    func eks(host: String, region: String?) { #expect(EKSIssuer(host: host)?.region == region) }
}
