import Testing

@testable import HTTPClient

@Suite("The URL of a proxy", .timeLimit(.minutes(5)))
struct ProxyURLTests {
    @Test(
        "has a scheme, a host, and optionally a port and credentials",
        arguments: [
            ("http://proxy", "http://proxy:80", nil), ("https://proxy/path?query", "https://proxy:443", nil),
            ("socks5://proxy", "socks5://proxy:1080", nil), ("SOCKS5H://proxy:1", "socks5://proxy:1", nil),
            ("http://[fd00::1]:3128/", "http://[fd00::1]:3128", nil), ("http://a:b@proxy:1", "http://proxy:1", "a:b"),
            ("socks5://a@proxy", "socks5://proxy:1080", "a:"),
            ("http://a%40x:%3a%C3%A4@proxy", "http://proxy:80", "a@x::ä"),
            ("http://a@b:c@proxy", "http://proxy:80", "a@b:c"),
        ] as [(String, String, String?)]
    )
    func whole(text: String, description: String, credentials: String?) throws {
        let proxy = try ProxyURL(parsing: text)
        #expect(proxy.description == description && "\(Optional(proxy) as Any)" == "Optional(\(description))")
        let both = proxy.credentials.map { $0.user + [UInt8(ascii: ":")] + $0.password }
        #expect(both == credentials.map { Array($0.utf8) })
    }

    @Test("gives the header of Basic authentication")
    func authorization() throws {
        #expect(try ProxyURL(parsing: "http://a:b%3ac@proxy").authorization == "Basic YTpiOmM=")
        #expect(try ProxyURL(parsing: "http://proxy").authorization == nil)
    }

    @Test(
        "is refused with a reason that does not quote it",
        arguments: [
            ("", "must start with"), ("proxy:3128", "must start with"), ("ftp://s3cret@proxy", "must start with"),
            ("http:/s3cret", "must start with"), ("http://", "has no host"), ("http://s3cret@", "has no host"),
            ("http://proxy:s3cret", "no valid port"), ("http://proxy:0", "no valid port"),
            ("http://fd00::1", "no valid port"), ("http://s3 cret@proxy", "printable"),
            ("http://s3crét@proxy", "printable"),
            ("http://a:s3cret%4@proxy", "hexadecimal"), ("http://a%zz:s3cret@proxy", "hexadecimal"),
            ("http://a%+4:s3cret@proxy", "hexadecimal"), ("socks5://:s3cret@proxy", "1 to 255 bytes"),
            ("socks5://a:\(String(repeating: "s3cret", count: 43))@proxy", "at most 255"),
        ]
    )
    func wrong(text: String, words: String) {
        let error = #expect(throws: ServerURLError.self) { try ProxyURL(parsing: text) }
        #expect(error?.reason.contains(words) ?? false, "\(error?.reason ?? "")")
        #expect(!(error?.reason.contains("s3") ?? true))
    }
}
