import Testing

@testable import pod_identity_webhook

@Suite("The arguments in the log", .timeLimit(.minutes(1)))
struct ServeArgumentsTests {
    @Test(
        "contain no credentials of URLs, even malformed ones",
        arguments: [
            ("--port=8443", "--port=8443"), ("a@b", "a@b"), ("https://a/b", "https://a/b"),
            ("--kube-api=https://user:s3cret@host:6443/p", "--kube-api=https://…@host:6443/p"),
            ("https://user:pa/s3cret@host", "https://…@host"), ("https://u:s3cret@x@host", "https://…@host"),
            ("v.address=https://a,https://u:s3cret@h", "v.address=https://a,https://…@h"),
            ("https://u:s3cret@a,https://v:s3cret@b", "https://…@a,https://…@b"), ("://", "://"),
        ]
    )
    func credentials(argument: String, shown: String) {
        #expect(Serve.withoutCredentials(argument) == shown)
    }
}
