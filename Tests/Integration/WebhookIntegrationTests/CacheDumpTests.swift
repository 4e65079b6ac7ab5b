import JSON
import TestPrograms
import Testing

@Suite("The operator's paths", .timeLimit(.minutes(2)))
struct CacheDumpTests {
    private static let accounts = """
        \(WebhookUnderTest.account)
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: another
          namespace: data
          annotations:
            eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/another
            eks.amazonaws.com/audience: 'say "hello"'
            example.com/owner: nobody
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: plain, namespace: data}}
        """

    @Test("dump every ServiceAccount in order, with what is cached of it")
    func dump() async throws {
        let webhook = try await WebhookUnderTest(["--enable-debugging-handlers"], accounts: Self.accounts)
        let response = try await webhook.curl([webhook.metricsURL("/debug/alpha/cache")])
        #expect(response.status == 200)
        let expected = """
            {"serviceAccounts":{"synced":true,"count":3,"withIdentity":2,"items":{\
            "data/another":{"eks.amazonaws.com/audience":"say \\"hello\\"",\
            "eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/another"},\
            "data/plain":{},\
            "default/app":{"eks.amazonaws.com/role-arn":"\(WebhookUnderTest.role)"}}}}

            """
        #expect(response.body == expected)
        #expect(try await webhook.curl([webhook.metricsURL("/debug/alpha/cache"), "-X", "DELETE"]).status == 405)
        #expect(try await webhook.curl([webhook.metricsURL("/debug/alpha/cache/clear"), "-d", ""]).status == 404)
        #expect(try await webhook.get("/debug/alpha/cache").status == 404, "the HTTPS port does not serve it")
    }

    @Test("do not include the dump unless it is enabled", arguments: [[], ["--enable-debugging-handlers=false"]])
    func off(_ flags: [String]) async throws {
        let webhook = try await WebhookUnderTest(flags)
        #expect(try await webhook.curl([webhook.metricsURL("/debug/alpha/cache")]).status == 404)
    }

    @Test("serve metrics only on the plaintext port, with Prometheus' content type")
    func metrics() async throws {
        let webhook = try await WebhookUnderTest()
        let response = try await webhook.curl(["-i", webhook.metricsURL("/metrics")])
        #expect(response.status == 200)
        #expect(response.body.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        #expect(try await webhook.curl([webhook.metricsURL("/metrics"), "-d", ""]).status == 405)
        #expect(try await webhook.get("/metrics").status == 404)
    }
}
