import HTTPClient
import NIOHTTP1
import TestNetwork
import Testing

@testable import Kubernetes

@Suite("A list from the API server's cache", .timeLimit(.minutes(5)))
struct CachedListTests {
    typealias Action = ScriptedServer.Action

    /// A page or list of objects that have the version 1.
    private static func list(_ names: String..., version: Int, token: String = "", remaining: Int? = nil) -> String {
        let items = names.map { Objects.object($0, 1) }
        let count = remaining.map { #","remainingItemCount":\#($0)"# } ?? ""
        let metadata = #"{"resourceVersion":"\#(version)","continue":"\#(token)"\#(count)}"#
        return #"{"metadata":\#(metadata),"items":[\#(items.joined(separator: ","))]}"#
    }

    /// A server with the objects a and c in two pages at version 10.
    private static func fixture(
        remaining: Int? = 5000,
        cached: @escaping @Sendable () -> [Action]
    ) async throws -> Fixture {
        var options = APIClient.Options()
        options.maximumResponseBytes = 4096
        return try await Fixture(options: options) { request in
            if request.isWatch { return [.chunkedHead] }
            if request.query("resourceVersion") != nil { return cached() }
            let isFirst = request.query("continue") == nil
            let page =
                isFirst ? list("a", version: 10, token: "t", remaining: remaining) : list("c", version: 10)
            return [.json(page)]
        }
    }

    /// The requests: the first page, the next one, the list from the cache, or a watch.
    private static func requests(_ fixture: Fixture) -> [String] {
        fixture.server.requests.map { request in
            if request.isWatch { return "watch \(request.query("resourceVersion") ?? "-")" }
            if let version = request.query("resourceVersion") { return "cached \(version)" }
            return request.query("continue") == nil ? "first" : "next"
        }
    }

    @Test("is used until there is one from pages")
    func provisional() async throws {
        let fixture = try await Self.fixture { [.json(Self.list("a", "b", version: 9))] }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(
                recorder.now.calls == [
                    "begin", "add n/a@1", "add n/b@1", "end provisionally 9", "begin", "add n/a@1", "add n/c@1",
                    "end 10",
                ]
            )
            #expect(recorder.now.objects == ["n/a": "1", "n/c": "1"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        #expect(Self.requests(fixture) == ["first", "cached 0", "first", "next", "watch 10"])
        let request = fixture.server.requests[1]
        #expect(request.uri == "/api/v1/serviceaccounts?resourceVersion=0")
        #expect(request.headers["Accept"] == ["application/json"], "whole objects are requested")
        try await fixture.close()
    }

    @Test("is sufficient if the cache is at the server's version or newer", arguments: [10, 11])
    func complete(version: Int) async throws {
        let fixture = try await Self.fixture { [.json(Self.list("a", "b", version: version))] }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.calls == ["begin", "add n/a@1", "add n/b@1", "end \(version)"])
        }
        #expect(Self.requests(fixture) == ["first", "cached 0", "watch \(version)"])
        try await fixture.close()
    }

    @Test("is requested if many objects remain or their number is unknown", arguments: [nil, 1000])
    func long(remaining: Int?) async throws {
        let fixture = try await Self.fixture(remaining: remaining) { [.json(Self.list("a", version: 10))] }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
        }
        #expect(Self.requests(fixture) == ["first", "cached 0", "watch 10"])
        try await fixture.close()
    }

    @Test("is not requested if few objects remain", arguments: [1, 999])
    func short(remaining: Int) async throws {
        let fixture = try await Self.fixture(remaining: remaining) { [.status(500)] }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
        }
        #expect(Self.requests(fixture) == ["first", "next", "watch 10"])
        try await fixture.close()
    }

    @Test("is not requested if provisional lists are not accepted")
    func unwanted() async throws {
        let fixture = try await Self.fixture { [.status(500)] }
        try await fixture.watch { recorder in await recorder.wait { $0.status == .watching } }
        #expect(Self.requests(fixture) == ["first", "next", "watch 10"])
        try await fixture.close()
    }

    @Test("is requested only once; later lists are read in pages")
    func once() async throws {
        let fixture = try await Fixture { request in
            if request.isWatch {
                return [.chunkedHead] + (request.number < 6 ? [.event("ERROR", #"{"kind":"Status","code":410}"#)] : [])
            }
            if request.query("resourceVersion") != nil { return [.json(Self.list("a", version: 9))] }
            let page = Self.list("a", version: 10, token: "t", remaining: 5000)
            return [.json(request.query("continue") == nil ? page : Self.list("c", version: 10))]
        }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.calls.filter { $0 == "end 10" }.count == 2 && $0.status == .watching }
        }
        #expect(Self.requests(fixture).filter { $0 == "cached 0" }.count == 1)
        try await fixture.close()
    }

    private static let entry = #"{"metadata":{"name":"x","namespace":"n","resourceVersion":"1"}}"#

    @Test(
        "has no effect if it cannot be read: pages are read instead, without a failure",
        arguments: [
            [Action.status(400)], [.status(403)], [.status(410, reason: "Expired")], [.status(429)], [.status(500)],
            [.status(504, reason: "Timeout")], [.close], [.chunkedHead, .close], [.chunkedHead, .lastChunk],
            [.json("{}")], [.json("nonsense")], [.json(#"{"metadata":{"resourceVersion":"99"},"items":null}"#)],
            [.json(#"{"items":[]}"#)], [.json(#"{"metadata":{"resourceVersion":""},"items":[]}"#)],
            [.json(list("x", version: 99, token: "more"))],
            [.chunkedHead, .chunk(#"{"metadata":{"resourceVersion":"99"},"items":["# + entry + ","), .close],
            [.chunkedHead, .chunk(#"{"metadata":{"resourceVersion":"99"},"items":["# + entry + ","), .lastChunk],
            [
                .chunkedHead, .chunk(#"{"items":["# + entry + #",{"a":]}],"metadata":{"resourceVersion":"99"}}"#),
                .lastChunk,
            ],
            [.chunkedHead, .chunk(#"{"items":["# + entry + #"],"metadata":{"resourceVersion":"99"}}}"#), .lastChunk],
        ]
    )
    func failures(answer: [Action]) async throws {
        let fixture = try await Self.fixture { answer }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects == ["n/a": "1", "n/c": "1"])
            #expect(recorder.now.calls.suffix(4) == ["begin", "add n/a@1", "add n/c@1", "end 10"])
            #expect(recorder.now.calls.filter { $0.hasPrefix("end") } == ["end 10"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        #expect(Self.requests(fixture) == ["first", "cached 0", "first", "next", "watch 10"])
        try await fixture.close()
    }

    @Test("has a time limit")
    func slow() async throws {
        let fixture = try await Self.fixture { [.chunkedHead, .chunk(#"{"items":["#), .chunk(Self.entry + ",")] }
        let impatient = { (options: inout Watcher.Options) in options.cachedListTimeout = .zero }
        try await fixture.watch(options: impatient, takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects == ["n/a": "1", "n/c": "1"])
        }
        try await fixture.close()
    }

    @Test("may be far larger than a response, with its metadata last and an object that is too large")
    func large() async throws {
        let padding = String(repeating: "x", count: 3000)
        func object(_ name: String, _ count: Int) -> String {
            let text = String(repeating: padding, count: count)
            return
                #"{"metadata":{"annotations":{"a":"\#(text)"},"name":"\#(name)","namespace":"n","resourceVersion":"3"}}"#
        }
        let items = (0..<40).map { object("o\($0)", $0 == 20 ? 2 : 1) }.joined(separator: ",")
        let fixture = try await Self.fixture {
            [
                .chunkedHead, .chunk(#"{"kind":"List","items":["#), .chunk(items),
                .chunk(#"],"metadata":{"resourceVersion":"10"}}"#), .lastChunk,
            ]
        }
        try await fixture.watch(takesProvisionalLists: true) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects.count == 39)
            #expect(recorder.now.objects["n/o20"] == nil)
            #expect(recorder.now.calls.filter { $0.hasPrefix("skip") } == ["skip n/o20@3"])
        }
        #expect(Self.requests(fixture) == ["first", "cached 0", "watch 10"])
        try await fixture.close()
    }
}
