import HTTPClient
import JSON
import KubernetesObjects
import TestSupport
import Testing

@testable import Kubernetes
@testable import TestNetwork

@Suite("Pages that are too large", .timeLimit(.minutes(5)))
struct PageReaderTests {
    /// An object of approximately this many bytes.
    private static func object(_ number: Int, _ size: Int) -> String {
        let padding = String(repeating: "x", count: size)
        return
            #"{"metadata":{"annotations":{"a":"\#(padding)"},"name":"o\#(number)","namespace":"n","resourceVersion":"\#(number)"}}"#
    }

    /// A server with objects of these sizes that supports limits and tokens; a token is the index of the next page.
    private static func fixture(_ sizes: [Int], metadataLast: Bool = false) async throws -> Fixture {
        var options = APIClient.Options()
        options.maximumResponseBytes = 10_000
        return try await Fixture(options: options) { request in
            guard !request.isWatch else { return [.chunkedHead] }
            let start = Int(request.query("continue") ?? "") ?? 0
            let end = min(sizes.count, start + (Int(request.query("limit") ?? "") ?? 0))
            let items = (start..<end).map { object($0, sizes[$0]) }
            let token = end < sizes.count ? "\(end)" : ""
            guard metadataLast else { return [.json(Objects.list(items, version: 10, continueToken: token))] }
            let metadata = #"{"resourceVersion":"10","continue":"\#(token)"}"#
            return [.json(#"{"items":[\#(items.joined(separator: ","))],"metadata":\#(metadata)}"#)]
        }
    }

    private static func limits(_ fixture: Fixture) -> [Int] {
        fixture.server.requests.filter { !$0.isWatch }.compactMap { $0.query("limit").flatMap { Int($0) } }
    }

    @Test("are requested again at half the size, and grow again while objects are small")
    func halves() async throws {
        let fixture = try await Self.fixture(Array(repeating: 900, count: 20) + Array(repeating: 1, count: 100))
        try await fixture.watch(options: { $0.pageSize = 64 }) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects.count == 120)
            #expect(recorder.now.statuses == [.listing, .watching], "this is not a failure")
        }
        let limits = Self.limits(fixture)
        #expect(limits.prefix(5) == [64, 32, 16, 8, 8])
        #expect(limits.last ?? 0 > 8)
        try await fixture.close()
    }

    @Test("with a single object are skipped, wherever the list's metadata is", arguments: [false, true])
    func skip(metadataLast: Bool) async throws {
        let sizes = [1, 50_000, 1, 1, 1, 30_000, 40_000] + Array(repeating: 1, count: 20) + [60_000]
        let fixture = try await Self.fixture(sizes, metadataLast: metadataLast)
        try await fixture.watch(options: { $0.pageSize = 16 }) { recorder in
            await recorder.wait { $0.status == .watching }
            let names = Set(sizes.indices.filter { sizes[$0] == 1 }.map { "n/o\($0)" })
            #expect(Set(recorder.now.objects.keys) == names)
            let skipped = recorder.now.calls.filter { $0.hasPrefix("skip") }
            #expect(skipped == ["skip n/o1@1", "skip n/o5@5", "skip n/o6@6", "skip n/o27@27"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        try await fixture.close()
    }

    @Test("with an object that is smaller on the second read are read")
    func smaller() async throws {
        var options = APIClient.Options()
        options.maximumResponseBytes = 10_000
        let fixture = try await Fixture(options: options) { request in
            guard !request.isWatch else { return [.chunkedHead] }
            return [.json(Objects.list([Self.object(0, request.number == 0 ? 50_000 : 1)], version: 10))]
        }
        try await fixture.watch(options: { $0.pageSize = 1 }) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.calls == ["begin", "add n/o0@0", "end 10"])
        }
        try await fixture.close()
    }

    @Test("are not taken for the end of the list if they are truncated")
    func cut() async throws {
        let whole = Objects.list([Self.object(0, 50_000)], version: 10)
        var options = APIClient.Options()
        options.maximumResponseBytes = 10_000
        let fixture = try await Fixture(options: options) { request in
            guard !request.isWatch else { return [.chunkedHead] }
            switch request.number {
            case 0: return [.json(whole)]
            case 1: return [.json(String(whole.dropLast(2)))]
            default: return [.json(Objects.list([], version: 10))]
            }
        }
        try await fixture.watch(options: { $0.pageSize = 1 }) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.calls == ["begin", "end 10"])
            let reasons = recorder.now.statuses.map { "\($0)" }
            #expect(reasons.contains { $0.contains("a page of a list has no end") }, "\(reasons)")
        }
        try await fixture.close()
    }

    @Test("with many objects from a server that ignores limits are an error, and nothing is skipped")
    func noLimit() async throws {
        let whole = Objects.list((0..<20).map { Self.object($0, 1000) }, version: 10)
        var options = APIClient.Options()
        options.maximumResponseBytes = 10_000
        let fixture = try await Fixture(options: options) { _ in [.json(whole)] }
        try await fixture.watch { recorder in
            await recorder.wait { $0.reason?.contains("20 objects came where one was asked for") == true }
            #expect(recorder.now.calls == [])
        }
        try await fixture.close()
    }

    @Test("are handled by scans too, which report skipped objects or refuse to skip")
    func scan() async throws {
        let fixture = try await Self.fixture([1, 50_000, 1])
        let pages = ObjectPages(.serviceAccounts, client: fixture.client)
        let names = try await pages.reduce(into: [String](), skip: { $0.append("skipped \($1.name)") }) {
            $0.append($1.metadata.name?.string ?? "")
        }
        #expect(names == ["o0", "skipped n/o1", "o2"])
        await #expect(throws: KubernetesError.self) { try await pages.reduce(into: 0) { count, _ in count += 1 } }
        try await fixture.close()
    }

    @Test("do not let an error message exceed its limit")
    func refusal() async throws {
        let long = String(repeating: "x", count: 200_000)
        let fixture = try await Fixture { _ in [.status(410, reason: "Expired", message: long)] }
        do {
            _ = try await fixture.client.get("/")
            Issue.record("it was not refused")
        } catch {
            #expect(error.isGone)
            #expect(error.description.utf8.count < 2000)
        }
        try await fixture.close()
    }
}
