import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The running server", .timeLimit(.minutes(2)))
struct ServerTests {
    @Test("answers a review over TLS, whatever the query, on both address families")
    func review() async throws {
        let webhook = try await WebhookUnderTest()
        let review = try Fixtures.data("review-small.json")
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let request = ["-H", "Content-Type: application/json; charset=utf-8", "--data-binary", "@-"]
            let response = try await webhook.curl(
                request + [webhook.url("/mutate?timeout=10s", host: host)],
                input: review
            )
            #expect(response.status == 200)
            #expect(try JSONTree(parsing: response.body.utf8)[path: ["response", "patch"]] != nil)
        }
    }

    @Test("serves health on both ports, and nothing else on the plaintext one")
    func health() async throws {
        let webhook = try await WebhookUnderTest()
        let plain = "http://localhost:\(webhook.process.metricsPort)"
        for base in [webhook.url(""), plain] {
            for path in ["/healthz", "/livez", "/readyz"] {
                let response = try await webhook.curl([base + path])
                #expect(response.status == 200 && response.body == "ok")
            }
            let verbose = try await webhook.curl([base + "/readyz?verbose"])
            #expect(verbose.body.contains("[+]certificate ok") && verbose.body.contains("[+]service-accounts ok"))
        }
        #expect(try await webhook.curl(["-d", "{}", plain + "/mutate"]).status == 404)
    }

    @Test("refuses other requests by method, path, content type and size")
    func refusals() async throws {
        let webhook = try await WebhookUnderTest()
        #expect(try await webhook.get("/nothing").status == 404)
        #expect(try await webhook.get("/mutate").status == 405)
        #expect(try await webhook.get("/healthz", "-X", "DELETE").status == 405)
        #expect(try await webhook.get("/mutate", "-d", "{}").status == 415)
        let garbage = try await webhook.post(Array("{\"kind\":".utf8))
        #expect(garbage.status == 400 && garbage.body.contains("malformed JSON"))
        let large = [UInt8](repeating: UInt8(ascii: " "), count: 7 * 1024 * 1024 + 1)
        #expect(try await webhook.post(large).status == 413)
        #expect(try await webhook.post(large, "-H", "Transfer-Encoding: chunked").status == 413)
        #expect(try await webhook.post(large.dropLast()).status == 400, "within the limit, but not a review")
        #expect(try await webhook.post(try Fixtures.data("review-small.json")).status == 200, "it continues to serve")
    }

    @Test("keeps connections open, and answers pipelined requests in order")
    func keepAlive() async throws {
        let webhook = try await WebhookUnderTest()
        let twice = try await webhook.get("/livez", webhook.url("/healthz"), "-w", "%{num_connects}\n%{http_code}")
        #expect(twice.body.hasSuffix("ok0"), "the second request reuses the connection")
        let input = ["/healthz", "/nothing", "/livez"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        let client = try Command(
            "openssl",
            [
                "s_client", "-quiet", "-ign_eof", "-CAfile", webhook.certificate.authorityFile, "-connect",
                "localhost:\(webhook.process.port)",
            ]
        ).start()
        client.write(input)
        client.write("GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let output = try await client.waitForExit(timeout: .seconds(20))
        let statuses = output.text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
        #expect(statuses == ["200", "404", "200", "200"])
    }

    @Test(
        "ends only the affected connection on plain HTTP and garbage on the TLS port",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "\0\0\0"]
    )
    func garbage(_ text: String) async throws {
        let webhook = try await WebhookUnderTest()
        let client = Command(
            "bash",
            ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(webhook.process.port); cat >&3; cat <&3 >/dev/null"]
        )
        _ = try await client.run(input: Array((text + String(repeating: "x", count: 100)).utf8), timeout: .seconds(30))
        #expect(try await webhook.get("/healthz").status == 200)
    }

    @Test("reloads ServiceAccounts when their file changes, and ignores an invalid file")
    func accountsChange() async throws {
        let webhook = try await WebhookUnderTest()
        let review = try Fixtures.data("review-small.json")
        func isInjected() async throws -> Bool { try await webhook.post(review).body.contains("patch") }
        #expect(try await isInjected())
        try webhook.folder.write("kind: [", to: "accounts.yaml")
        try await eventually("the bad file to be reported", log: { webhook.process.log }) {
            webhook.process.log.contains("accounts.yaml:1") || webhook.process.log.contains("line")
        }
        #expect(try await isInjected())
        try webhook.folder.write(WebhookUnderTest.account.replacingOccurrences(of: "app", with: "other"), to: "new")
        _ = try await Command("mv", [webhook.folder.path("new"), webhook.accounts]).run()
        try await eventually("the new file to take effect") { try await !isInjected() }
    }

    @Test("on SIGTERM is unready at once, serves during the delay, completes requests in flight, and exits with 0")
    func shutDown() async throws {
        let webhook = try await WebhookUnderTest(["--shutdown-delay=3s"])
        let client = try Command(
            "openssl",
            [
                "s_client", "-quiet", "-ign_eof", "-CAfile", webhook.certificate.authorityFile, "-connect",
                "localhost:\(webhook.process.port)",
            ]
        ).start()
        let review = try Fixtures.data("review-small.json")
        let head =
            "POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(review.count)\r\n\r\n"
        client.write(head + String(decoding: review.prefix(10), as: UTF8.self))
        // Once a later connection has been served, the head on this one has arrived.
        #expect(try await webhook.get("/healthz").status == 200)
        async let status = webhook.process.stop()
        try await eventually("the webhook to be unready", every: .milliseconds(50)) {
            let readiness = try await webhook.process.readiness()
            return readiness.status == 503 && readiness.body.contains("stopping")
        }
        let served = try await webhook.post(review, "-D", "-")
        #expect(served.status == 200, "it serves requests while it is taken out of rotation")
        #expect(served.body.contains("connection: close"), "the client has to open a new connection")
        try await eventually("new connections to be refused", every: .milliseconds(50)) {
            do {
                _ = try await webhook.get("/healthz")
                return false
            } catch is CommandError {
                return true
            }
        }
        client.write(Array(review.dropFirst(10)))
        let output = try await client.waitForExit(timeout: .seconds(30))
        #expect(output.text.contains("200 OK") && output.text.contains("connection: close"))
        #expect(await status == 0)
    }
}
