import HTTPClient
import NIOCore
import NIOHTTP1
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A watcher for a server that streams lists", .timeLimit(.minutes(5)))
struct StreamingListTests {
    typealias Action = ScriptedServer.Action

    private static let a = Action.event("ADDED", Objects.object("a", 1))
    private static let b = Action.event("ADDED", Objects.object("b", 2))
    private static let end = Action.event("BOOKMARK", Objects.end(10))

    private static func fixture(
        version: @escaping ScriptedServer.VersionScript = { _ in [.version("32+", build: "-eks")] },
        _ script: @escaping ScriptedServer.Script
    ) async throws -> Fixture {
        var options = APIClient.Options()
        options.maximumResponseBytes = 4096
        return try await Fixture(options: options, version: version, script: script)
    }

    @Test("makes a single request for the list and the watch")
    func request() async throws {
        let fixture = try await Self.fixture { _ in
            [.chunkedHead, Self.a, Self.b, Self.end, .event("DELETED", Objects.object("a", 11))]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.calls.last == "DELETED n/a@11" }
            #expect(recorder.now.calls == ["begin", "add n/a@1", "add n/b@2", "end 10", "DELETED n/a@11"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        let requests = fixture.server.requests
        #expect(requests.count == 1)
        #expect(requests[0].query("watch") == "true")
        #expect(requests[0].query("sendInitialEvents") == "true")
        #expect(requests[0].query("resourceVersionMatch") == "NotOlderThan")
        #expect(requests[0].query("allowWatchBookmarks") == "true")
        #expect(requests[0].query("resourceVersion") == nil, "the list has to be current")
        #expect(requests[0].query("limit") == nil)
        #expect((300...600).contains(Int(requests[0].query("timeoutSeconds") ?? "") ?? 0))
        #expect(requests[0].headers["Accept"][0].contains("as=PartialObjectMetadata;g=meta.k8s.io;v=v1"))
        try await fixture.close()
    }

    @Test("requests the version once, and again for each new list")
    func versions() async throws {
        let fixture = try await Self.fixture { request in
            switch request.number {
            case 0: [.chunkedHead, Self.a, Self.end, .event("ERROR", #"{"kind":"Status","code":410}"#), .lastChunk]
            default: [.chunkedHead, Self.b, Self.end]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects == ["n/b": "2"] && $0.status == .watching }
        }
        #expect(fixture.server.requests.count == 2)
        #expect(fixture.server.versionCount == 2)
        try await fixture.close()
    }

    @Test(
        "reads pages if the version is unknown or too old",
        arguments: [
            [Action.version("31")], [.status(403)], [.status(404)], [.json("nonsense")], [.json("{}")],
            [.json(#"{"major":"x","minor":"y"}"#)], [.json(String(repeating: " ", count: 5000))],
        ]
    )
    func oldServers(answer: [Action]) async throws {
        let fixture = try await Self.fixture(version: { _ in answer }) { request in
            request.isWatch ? [.chunkedHead] : [.json(Objects.list([Objects.object("a", 1)], version: 10))]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.calls == ["begin", "add n/a@1", "end 10"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        #expect(!fixture.server.requests.contains { $0.query("sendInitialEvents") != nil })
        try await fixture.close()
    }

    @Test(
        "reads pages if the server does not stream",
        arguments: [
            [Action.status(400)], [.status(422, reason: "Invalid", message: "sendInitialEvents is forbidden")],
            [.chunkedHead, a, .event("BOOKMARK", Objects.bookmark(9))], [.chunkedHead, .lastChunk], [.chunkedHead, a],
            [.chunkedHead],
        ]
    )
    func noStream(answer: [Action]) async throws {
        let fixture = try await Self.fixture { request in
            if request.query("sendInitialEvents") != nil { return answer }
            return request.isWatch ? [.chunkedHead] : [.json(Objects.list([Objects.object("b", 2)], version: 10))]
        }
        try await fixture.watch(options: { $0.initialEventsTimeout = .milliseconds(100) }) { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects == ["n/b": "2"])
            #expect(recorder.now.statuses == [.listing, .watching], "nothing failed")
        }
        #expect(fixture.server.requests.filter { $0.query("sendInitialEvents") != nil }.count == 1)
        try await fixture.close()
    }

    @Test(
        "starts over if the stream fails before the bookmark, and keeps nothing of it",
        arguments: [
            [Action.close], [a, .close], [a, .send("20\r\n{\"type\":\"ADD"), .close], [a, .chunk("{nonsense}\n")],
            [a, .event("ERROR", #"{"kind":"Status","code":410,"reason":"Expired"}"#)],
            [a, .event("ERROR", #"{"kind":"Status","code":500}"#)], [a, .event("BOOKMARK", "{}")],
        ]
    )
    func failure(actions: [Action]) async throws {
        let fixture = try await Self.fixture { request in
            request.number == 0 ? [.chunkedHead] + actions : [.chunkedHead, Self.b, Self.end]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects == ["n/b": "2"])
            #expect(recorder.now.calls.suffix(3) == ["begin", "add n/b@2", "end 10"])
            #expect(recorder.now.statuses.count == 3, "\(recorder.now.statuses)")
        }
        #expect(fixture.server.requests.count == 2)
        try await fixture.close()
    }

    @Test("reads pages after two failures, so that an interrupted list continues where it was")
    func failures() async throws {
        let fixture = try await Self.fixture { request in
            if request.query("sendInitialEvents") != nil { return [.chunkedHead, Self.a, .close] }
            return request.isWatch ? [.chunkedHead] : [.json(Objects.list([Objects.object("b", 2)], version: 10))]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects == ["n/b": "2"] && $0.status == .watching }
        }
        #expect(fixture.server.requests.filter { $0.query("sendInitialEvents") != nil }.count == 2)
        try await fixture.close()
    }

    @Test("handles changes before the bookmark, and treats a second bookmark like any other")
    func changes() async throws {
        let fixture = try await Self.fixture { _ in
            [
                .chunkedHead, Self.a, Self.b, .event("MODIFIED", Objects.object("a", 7)),
                .event("DELETED", Objects.object("b", 8)), Self.end, .event("BOOKMARK", Objects.end(12)), .close,
            ]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.restarts.count == 2 }
            #expect(recorder.now.objects == ["n/a": "7"])
            let once = ["begin", "add n/a@1", "add n/b@2", "add n/a@7", "remove n/b@8", "end 10"]
            #expect(recorder.now.calls.prefix(6) == once[...])
        }
        #expect(fixture.server.requests[1].query("resourceVersion") == "12")
        try await fixture.close()
    }

    @Test("keeps the old objects until the new list is complete")
    func swap() async throws {
        let bell = ScriptedServer.Bell()
        let fixture = try await Self.fixture { request in
            switch request.number {
            case 0: [.chunkedHead, Self.a, Self.end, .event("ERROR", #"{"kind":"Status","code":410}"#)]
            default: [.chunkedHead, Self.b, .wait(bell), Self.end]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.replacement == ["n/b": "2"] }
            #expect(recorder.now.objects == ["n/a": "1"])
            bell.ring()
            await recorder.wait { $0.objects == ["n/b": "2"] }
        }
        try await fixture.close()
    }

    @Test("allows longer silence once the list is complete")
    func silence() async throws {
        let fixture = try await Self.fixture { request in
            request.number == 0 ? [.chunkedHead, Self.a, Self.end] : [.chunkedHead]
        }
        let limits = { (options: inout Watcher.Options) in
            options.initialEventsTimeout = .seconds(3600)
            options.idleTimeout = .milliseconds(50)
        }
        try await fixture.watch(options: limits) { recorder in
            await recorder.wait { $0.reason?.contains("the next part of a watch within 50ms") == true }
        }
        try await fixture.close()
    }

    @Test("skips objects that are too large, in the list and in the watch, and continues")
    func tooLarge() async throws {
        let padding = String(repeating: "x", count: 20_000)
        @Sendable func big(_ name: String, _ version: Int) -> String {
            #"{"metadata":{"annotations":{"a":"\#(padding)"},"name":"\#(name)","namespace":"n","resourceVersion":"\#(version)"}}"#
        }
        let fixture = try await Self.fixture { _ in
            [
                .chunkedHead, Self.a, .event("ADDED", big("x", 3)), Self.b, Self.end,
                .event("MODIFIED", big("a", 11)), .event("MODIFIED", Objects.object("b", 12)),
            ]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects == ["n/b": "12"] }
            #expect(
                recorder.now.calls == [
                    "begin", "add n/a@1", "skip n/x@3", "add n/b@2", "end 10", "skip n/a@11", "MODIFIED n/b@12",
                ]
            )
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        #expect(fixture.server.requests.count == 1)
        try await fixture.close()
    }
}
