import Testing

@testable import HTTPClient

@Suite("The proxy in the environment", .timeLimit(.minutes(5)))
struct ProxyEnvironmentTests {
    @Test(
        "depends on the server's scheme",
        arguments: [
            ([:], nil, nil), (["HTTPS_PROXY": "http://p"], "http://p:80", nil),
            (["HTTP_PROXY": "http://p"], nil, "http://p:80"), (["ALL_PROXY": "http://p"], nil, nil),
            (["https_proxy": "socks5://p", "http_proxy": "q:3128"], "socks5://p:1080", "http://q:3128"),
            (["HTTPS_PROXY": "p", "https_proxy": "q"], "http://p:80", nil),
            (["HTTPS_PROXY": "", "https_proxy": "q"], "http://q:80", nil),
            (["HTTPS_PROXY": "p", "NO_PROXY": "api.test"], nil, nil),
            (["HTTPS_PROXY": "p", "no_proxy": "api.test"], nil, nil),
            (["HTTPS_PROXY": "p", "NO_PROXY": "other", "no_proxy": "api.test"], "http://p:80", nil),
        ] as [([String: String], String?, String?)]
    )
    func schemes(environment: [String: String], https: String?, http: String?) throws {
        for (isTLS, expected) in [(true, https), (false, http)] {
            let server = ServerURL(isTLS: isTLS, host: "api.test", port: 6443)
            #expect(try ProxyEnvironment(environment).proxy(for: server)?.description == expected)
        }
    }

    @Test("is an error, which does not quote it, if it is malformed and needed")
    func wrong() throws {
        let environment = ProxyEnvironment(["https_proxy": "ftp://s3cret@p", "NO_PROXY": "other.test"])
        let error = #expect(throws: ProxyVariableError.self) {
            try environment.proxy(for: ServerURL(isTLS: true, host: "api.test", port: 1))
        }
        #expect(error?.variable == "https_proxy")
        #expect(error?.reason == "must start with http://, https:// or socks5://")
        #expect(try environment.proxy(for: ServerURL(isTLS: true, host: "other.test", port: 1)) == nil)
        #expect(try environment.proxy(for: ServerURL(isTLS: false, host: "api.test", port: 1)) == nil)
    }
}
