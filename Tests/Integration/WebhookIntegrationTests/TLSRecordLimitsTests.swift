import Foundation
import FuzzTargets
import Synchronization
import TestPrograms
import TestSupport
import Testing

@Suite("TLS records without application data", .timeLimit(.minutes(3)))
struct TLSRecordLimitsTests {
    enum Kind: String, CaseIterable, Sendable {
        case keyUpdate, keyUpdateRequest, renegotiation, warning, emptyRecord

        var version: RecordForger.Version {
            switch self {
            case .keyUpdate, .keyUpdateRequest: .v1_3
            default: .v1_2
            }
        }

        func seal(_ forger: RecordForger) throws -> [UInt8] {
            switch self {
            case .keyUpdate: try forger.keyUpdate(isRequest: false)
            case .keyUpdateRequest: try forger.keyUpdate(isRequest: true)
            case .renegotiation: try forger.clientHello()
            case .warning: try forger.warning(90)
            case .emptyRecord: try forger.seal(.applicationData, [])
            }
        }

        /// OpenSSL itself limits the others.
        var isCounted: Bool { self != .warning && self != .emptyRecord }
    }

    private func reached(_ limit: String, _ webhook: WebhookUnderTest) async throws -> Double {
        try await webhook.scrape().value(
            "pod_identity_webhook_limits_reached_total",
            ["listener": "https", "limit": limit]
        ) ?? 0
    }

    private func isServed(_ webhook: WebhookUnderTest) async throws -> Bool {
        try await webhook.post(try Fixtures.data("review-small.json")).body.contains("patch")
    }

    @Test("end their connection if they do not stop, while others are served", arguments: Kind.allCases)
    func flood(_ kind: Kind) async throws {
        let webhook = try await WebhookUnderTest()
        #expect(try await isServed(webhook))
        let before = try #require(try await webhook.scrape().value("process_resident_memory_bytes"))
        // Each client sends up to 20,000 records, 540 kB, as fast as they are read.
        let clients = try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    let left = Atomic(200)
                    return try await ForgingClient.connect(port: webhook.process.port, kind.version) { forger in
                        guard left.subtract(1, ordering: .relaxed).newValue >= 0 else { return nil }
                        return try (0..<100).flatMap { _ in try kind.seal(forger) }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await eventually("the connections to end", log: { webhook.process.logTail() }) {
            let isServed = try await isServed(webhook)
            #expect(isServed)
            return clients.allSatisfy { !$0.isOpen }
        }
        if kind.isCounted { #expect(try await reached("tls_records", webhook) == 20) }
        let metrics = try await webhook.scrape()
        #expect(metrics.value("pod_identity_webhook_open_connections", ["listener": "https"]) == 0)
        #expect(try #require(metrics.value("process_resident_memory_bytes")) - before < 20_000_000)
    }

    @Test("count towards the head's time limit if a record is incomplete", arguments: RecordForger.Version.allCases)
    func unfinished(_ version: RecordForger.Version) async throws {
        let webhook = try await WebhookUnderTest(["--read-header-timeout=1s"])
        let isSent = Atomic(false)
        let client = try await ForgingClient.connect(port: webhook.process.port, version) { forger in
            guard !isSent.exchange(true, ordering: .relaxed) else { return nil }
            return try forger.seal(.applicationData, Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8)).dropLast()
        }
        try await eventually("the connection to end", log: { webhook.process.logTail() }) {
            let isServed = try await isServed(webhook)
            #expect(isServed)
            return !client.isOpen
        }
        #expect(try await reached("head", webhook) == 1)
    }

    @Test("do not matter if they are few: the request gets its response")
    func few() async throws {
        let webhook = try await WebhookUnderTest()
        let rounds = Atomic(20)
        let client = try await ForgingClient.connect(port: webhook.process.port, .v1_3) { forger in
            guard rounds.subtract(1, ordering: .relaxed).newValue >= 0 else { return nil }
            let update = try forger.keyUpdate(isRequest: true)
            return try update + forger.seal(.applicationData, Array("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        }
        try await eventually("the requests to be answered") {
            let labels = ["verb": "GET", "path": "/livez", "code": "200"]
            return try await webhook.scrape().value("http_request_count", labels) == 20
        }
        #expect(client.isOpen)
        await client.close()
    }
}
