import Testing

@testable import HTTPClient

@Suite("The URL of a server", .timeLimit(.minutes(5)))
struct ServerURLTests {
    @Test(
        "is parsed",
        arguments: [
            ("https://host", "https://host:443"), ("HTTPS://host:6443", "https://host:6443"),
            ("http://127.0.0.1", "http://127.0.0.1:80"), ("https://[::1]:6443/a/b//", "https://[::1]:6443/a/b"),
            ("https://host/", "https://host:443"),
        ]
    )
    func urls(text: String, expected: String) throws {
        #expect(try ServerURL(parsing: text).description == expected)
    }

    @Test(
        "is refused if it is malformed or has anything other than an address",
        arguments: [
            "", "host", "host:6443", "ftp://host", "https://", "https://:443", "https://host:", "https://host:x",
            "https://host:0", "https://host:+1", "https://::1:443", "https://[::1", "https://[::1]x", "https://u@host",
            "https://host?x=1", "https://host#x", "https://ho st", "https://höst",
        ]
    )
    func badURLs(text: String) {
        #expect(throws: ServerURLError.self) { try ServerURL(parsing: text) }
    }
}
