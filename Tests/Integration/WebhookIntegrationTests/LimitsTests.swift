import Foundation
import TestPrograms
import TestSupport
import Testing

@Suite("However much a client uses, others are served", .timeLimit(.minutes(3)))
struct LimitsTests {
    private static let head = "POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

    private func reached(_ limit: String, _ webhook: WebhookUnderTest) async throws -> Double {
        try await webhook.scrape().value(
            "pod_identity_webhook_limits_reached_total",
            ["listener": "https", "limit": limit]
        ) ?? 0
    }

    private func isServed(_ webhook: WebhookUnderTest) async throws -> Bool {
        try await webhook.post(try Fixtures.data("review-small.json")).body.contains("patch")
    }

    /// Waits until the limit is reached, while another client is served.
    private func awaits(_ limit: String, times count: Double = 1, _ webhook: WebhookUnderTest) async throws {
        try await eventually("the limit \(limit) to be reached", log: { webhook.process.logTail() }) {
            #expect(try await isServed(webhook))
            return try await reached(limit, webhook) >= count
        }
    }

    @Test(
        "time: each phase of a request is limited, and so is the whole request",
        arguments: [
            ("head", "--read-header-timeout=1s", "POST /mutate HT", "408"),
            ("body", "--read-body-timeout=1s", "\(head)Content-Length: 9\r\n\r\n{", "408"),
            ("request", "--request-timeout=1s", "\(head)Content-Length: 9\r\n\r\n{", "408"),
            ("request", "--request-timeout=1s", "\(head)Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", "408"),
        ]
    )
    func time(_ limit: String, _ flag: String, _ text: String, _ answer: String) async throws {
        let webhook = try await WebhookUnderTest([flag])
        let client = try await HostileClient(webhook)
        client.send(text)
        try await awaits(limit, webhook)
        #expect(try await client.answer().hasPrefix("HTTP/1.1 \(answer)"))
    }

    @Test("time: the handshake is limited")
    func handshake() async throws {
        let webhook = try await WebhookUnderTest(["--handshake-timeout=1s"])
        let client = try Command("bash", ["-c", "cat </dev/tcp/127.0.0.1/\(webhook.process.port)"]).start()
        try await awaits("handshake", webhook)
        _ = try await client.waitForExit()
    }

    @Test("connections: new ones replace idle ones")
    func connections() async throws {
        let webhook = try await WebhookUnderTest(["--max-connections=4"])
        var clients: [HostileClient] = []
        for round in 1...4 {
            for text in ["", "POST", "\(Self.head)Content-Length: 9\r\n\r\n{"] {
                let client = try await HostileClient(webhook)
                client.send(text)
                clients.append(client)
            }
            // A handshake that does not complete.
            clients.append(try HostileClient(plain: webhook))
            try await awaits("connections", times: Double(round), webhook)
        }
        try await eventually("no more than 4 connections") {
            try await webhook.scrape().value("pod_identity_webhook_open_connections", ["listener": "https"]) ?? 99 <= 4
        }
    }

    @Test("connections: one in use is not closed for others that are idle")
    func expendable() async throws {
        let webhook = try await WebhookUnderTest(["--max-connections=3"])
        var idle: [HostileClient] = []
        for _ in 0..<3 { idle.append(try await HostileClient(webhook)) }
        for client in idle.dropFirst() { client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in idle.dropFirst() { try await client.waits(for: "200 OK") }
        #expect(try await isServed(webhook))
        _ = try await idle[0].answer()
        idle[1].send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try await idle[1].answer().components(separatedBy: "200 OK").count == 3)
    }

    @Test("memory: the oldest slow bodies are refused, and short reviews are always accepted")
    func memory() async throws {
        let webhook = try await WebhookUnderTest(["--max-buffered-bytes=8388608"])
        let part = String(repeating: " ", count: 3 * 1024 * 1024)
        var clients: [HostileClient] = []
        for _ in 0..<4 {
            let client = try await HostileClient(webhook)
            client.send("\(Self.head)Content-Length: 7000000\r\n\r\n\(part)")
            clients.append(client)
            #expect(try await isServed(webhook))
        }
        try await awaits("buffered_bytes", times: 2, webhook)
        let answer = try await clients[0].answer()
        #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("retry-after: 1"))
        let buffered =
            try await webhook.scrape().value("pod_identity_webhook_buffered_bytes", ["listener": "https"]) ?? 0
        #expect(buffered > 0 && buffered <= 8_388_608)
        let longest = try Fixtures.data("review-small.json") + [UInt8](repeating: UInt8(ascii: " "), count: 6_000_000)
        #expect(try await webhook.post(longest).body.contains("patch"), "a fast client gets the memory of slow clients")
        for client in clients { client.end() }
        try await eventually("the memory to be released") {
            try await webhook.scrape().value("pod_identity_webhook_buffered_bytes", ["listener": "https"]) == 0
        }
    }

    @Test(
        "size: a body of more than 7 MiB is refused in any framing",
        arguments: ["Content-Length: 209715200\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nC800000\r\n"]
    )
    func size(_ framing: String) async throws {
        let webhook = try await WebhookUnderTest()
        let client = try await HostileClient(webhook)
        client.send(Self.head + framing)
        client.sendForever(" ")
        try await awaits("body_size", webhook)
        #expect(try await client.answer().hasPrefix("HTTP/1.1 413"))
    }

    @Test("size: endless headers are refused")
    func headers() async throws {
        let webhook = try await WebhookUnderTest()
        let client = try await HostileClient(webhook)
        client.send("POST /mutate HTTP/1.1\r\nHost: a\r\n")
        client.sendForever("X-More: and more\r\n")
        try await awaits("headers", webhook)
        #expect(try await client.answer().hasPrefix("HTTP/1.1 431"))
    }

    @Test("depth: endlessly nested JSON is refused")
    func nesting() async throws {
        let webhook = try await WebhookUnderTest()
        let answer = try await webhook.post([UInt8](repeating: UInt8(ascii: "["), count: 7 * 1024 * 1024))
        #expect(answer.status == 400, "\(answer.body)")
        #expect(try await isServed(webhook))
    }

    @Test("a client that does not read responses is disconnected")
    func slowReader() async throws {
        let webhook = try await WebhookUnderTest(["--response-timeout=1s"])
        let client = try await HostileClient(webhook, reads: false)
        client.sendForever("GET /readyz?verbose HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("the slow reader to be cut off", log: { webhook.process.logTail() }) {
            #expect(try await isServed(webhook))
            let metrics = try await webhook.scrape()
            let reached = ["response", "pipelining"].map {
                metrics.value("pod_identity_webhook_limits_reached_total", ["listener": "https", "limit": $0]) ?? 0
            }
            return reached.reduce(0, +) >= 1
                && metrics.value("pod_identity_webhook_open_connections", ["listener": "https"]) == 0
        }
    }

    @Test(
        "an invalid limit is refused with the reason",
        arguments: [
            ("--idle-timeout=90s", "the API server keeps connections"), ("--max-connections=0", "1 or more"),
            ("--max-buffered-bytes=1", "a review of 7 MiB"), ("--request-timeout=0s", "more than 0"),
        ]
    )
    func flags(_ flag: String, _ reason: String) async throws {
        let output = try await Command(WebhookProcess.executable, [flag]).run()
        #expect(output.status == 64 && output.errorText.contains(reason), "\(output.errorText)")
    }
}

/// A TLS connection that does only what a test tells it to.
private final class HostileClient: Sendable {
    private let process: RunningCommand

    /// - Parameter reads: Whether it reads responses from the socket.
    init(_ webhook: WebhookUnderTest, reads: Bool = true) async throws {
        process = try Command(
            "python3",
            ["-c", Self.script, "\(webhook.process.port)", "\(reads)"]
        ).start()
        try await process.waitForOutput(containing: "connected")
    }

    /// Connects without sending anything.
    init(plain webhook: WebhookUnderTest) throws {
        process = try Command("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(webhook.process.port); cat <&3"]).start()
    }

    func send(_ text: String) { if !text.isEmpty { process.write(text) } }

    /// Sends the text until the connection ends.
    func sendForever(_ text: String) {
        process.write(String(repeating: text, count: 9_000_000 / text.utf8.count))
    }

    func waits(for text: String) async throws { try await process.waitForOutput(containing: text) }

    /// Everything received until the connection ends.
    func answer() async throws -> String {
        let output = try await process.waitForExit(timeout: .seconds(60)).text
        return output.replacingOccurrences(of: "connected\n", with: "")
    }

    func end() { process.terminate() }

    private static let script = """
        import os, socket, ssl, sys, threading
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = socket.socket()
        # So that answers that are not taken soon fill it.
        if sys.argv[2] != "true": client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("localhost", int(sys.argv[1])))
        client = context.wrap_socket(client)
        print("connected", flush=True)
        def send():
            try:
                while data := os.read(0, 65536): client.sendall(data)
            except OSError: pass
        threading.Thread(target=send, daemon=True).start()
        if sys.argv[2] != "true": threading.Event().wait()
        try:
            while data := client.recv(65536): os.write(1, data)
        except OSError: pass
        os._exit(0)
        """
}
