import Testing

@testable import GoSyntax

@Suite("Servers that are reached without a proxy", .timeLimit(.minutes(5)))
struct NoProxyTests {
    @Test(
        "are those that NO_PROXY names",
        arguments: [
            ("", "api.test", false), ("*", "api.test", true), ("a, * ,b", "10.0.0.1", true),
            ("api.test", "api.test", true), ("API.Test", "api.tesT", true), ("test", "api.test", true),
            ("pi.test", "api.test", false), (".test", "api.test", true), (".api.test", "api.test", false),
            ("*.test", "api.test", true), ("*.api.test", "api.test", false), (" a ,, api.test ,", "api.test", true),
            ("api.test:6443", "api.test", true), ("api.test:443", "api.test", false), (".test:6443", "api.test", true),
            ("api.test:", "api.test", true), (":6443", "api.test", false), ("*:6443", "api.test", false),
            ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1:6443", "10.0.0.1", true), ("10.0.0.1:443", "10.0.0.1", false),
            ("10.0.0", "10.0.0.1", false), ("0.1", "10.0.0.1", true), ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("fd00:0::1", "fd00::1", true), ("[fd00::1]:6443", "fd00::1", true), ("[fd00::1]:443", "fd00::1", false),
            ("[fd00::1]", "fd00::1", false),
            ("10.96.0.0/12", "10.111.255.255", true), ("10.96.0.0/12", "10.112.0.0", false),
            ("10.96.1.2/12", "10.97.0.1", true), ("0.0.0.0/0", "10.0.0.1", true), ("0.0.0.0/0", "fd00::1", false),
            ("10.0.0.1/32", "10.0.0.1", true), ("10.0.0.1/33", "10.0.0.1", false), ("10.0.0.1/", "10.0.0.1", false),
            ("10.0.0.1/+8", "10.0.0.1", false), ("10.0.0.1/-1", "10.0.0.1", false), ("fd00::/9", "fd7f::1", true),
            ("fd00::/9", "fd80::1", false), ("::/0", "10.0.0.1", false), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/8", "10.1.2.3", false), ("10.0.0.0/8", "api.test", false),
        ]
    )
    func rules(list: String, host: String, isContained: Bool) {
        #expect(NoProxy(list).contains(host: host, port: 6443) == isContained)
    }

    @Test(
        "always include this machine's",
        arguments: ["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"]
    )
    func loopback(host: String) { #expect(NoProxy("").contains(host: host, port: 6443)) }

    @Test("do not include similar names", arguments: ["localhost.test", "128.0.0.1", "::2", "127.test"])
    func others(host: String) { #expect(!NoProxy("").contains(host: host, port: 6443)) }
}
