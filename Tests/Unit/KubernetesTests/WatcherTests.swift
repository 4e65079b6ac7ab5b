import NIOCore
import NIOHTTP1
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A watcher for a scripted server", .timeLimit(.minutes(5)))
struct WatcherTests {
    typealias Action = ScriptedServer.Action

    @Test("requests metadata in pages, then changes with bookmarks")
    func requests() async throws {
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.query("continue")) {
            case (false, nil):
                [.json(Objects.list([Objects.object("a", 1)], version: 10, continueToken: "t/=1"))]
            case (false, _): [.json(Objects.list([Objects.object("b", 2)], version: 10))]
            case (true, _): [.chunkedHead, .event("ADDED", Objects.object("c", 11))]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects.count == 3 }
            #expect(recorder.now.calls == ["begin", "add n/a@1", "add n/b@2", "end 10", "ADDED n/c@11"])
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        let requests = fixture.server.requests
        #expect(
            requests.prefix(2).map(\.uri) == [
                "/api/v1/serviceaccounts?limit=500", "/api/v1/serviceaccounts?limit=500&continue=t%2F%3D1",
            ]
        )
        #expect(requests[2].query("resourceVersion") == "10")
        #expect(requests[2].query("allowWatchBookmarks") == "true")
        #expect((300...600).contains(Int(requests[2].query("timeoutSeconds") ?? "") ?? 0))
        #expect(requests[0].headers["Accept"] == requests[1].headers["Accept"])
        #expect(requests[0].headers["Accept"][0].contains("as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"))
        #expect(requests[2].headers["Accept"][0].contains("as=PartialObjectMetadata;g=meta.k8s.io;v=v1"))
        #expect(requests[0].connection == requests[1].connection, "pages are requested over one connection")
        try await fixture.close()
    }

    @Test("requests whole objects with a given name if told to")
    func wholeObjects() async throws {
        let fixture = try await Fixture { _ in [.json(Objects.list([], version: 1))] }
        try await fixture.watch(.configMap(namespace: "kube-system", name: "cm")) { recorder in
            await recorder.wait { $0.calls.contains("end 1") }
        }
        let request = fixture.server.requests[0]
        #expect(request.path == "/api/v1/namespaces/kube-system/configmaps")
        #expect(request.query("fieldSelector") == "metadata.name%3Dcm")
        #expect(request.headers["Accept"] == ["application/json"])
        try await fixture.close()
    }

    @Test("starts the list over when its continue token has expired")
    func expiredToken() async throws {
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.number, request.query("continue")) {
            case (false, 0, _): [.json(Objects.list([Objects.object("old", 1)], version: 10, continueToken: "t"))]
            case (false, 1, _): [.status(410, reason: "Expired")]
            case (false, _, nil): [.json(Objects.list([Objects.object("new", 2)], version: 20))]
            default: [.chunkedHead]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.objects == ["n/new": "2"])
        }
        try await fixture.close()
    }

    @Test("continues with the token that the server offers for an expired one")
    func offeredToken() async throws {
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.query("continue")) {
            case (false, nil): [.json(Objects.list([Objects.object("a", 1)], version: 10, continueToken: "t"))]
            case (false, "t"): [.status(410, reason: "Expired", more: #","metadata":{"continue":"u"}"#)]
            case (false, _): [.json(Objects.list([Objects.object("b", 15)], version: 20))]
            default: [.chunkedHead, .event("MODIFIED", Objects.object("a", 12))]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects == ["n/a": "12", "n/b": "15"] }
        }
        #expect(fixture.server.requests.last?.query("resourceVersion") == "10")
        try await fixture.close()
    }

    @Test("resumes from the last bookmark after a normal end")
    func bookmarks() async throws {
        let fixture = try await Fixture { request in
            guard request.isWatch else { return [.json(Objects.list([], version: 10))] }
            return switch request.query("resourceVersion") {
            case "10":
                [
                    .chunkedHead, .event("ADDED", Objects.object("a", 11)),
                    .event("BOOKMARK", Objects.bookmark(50)), .lastChunk,
                ]
            default: [.chunkedHead, .event("DELETED", Objects.object("a", 51))]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.calls.last == "DELETED n/a@51" }
            #expect(recorder.now.statuses == [.listing, .watching])
        }
        #expect(fixture.server.requests.map { $0.query("resourceVersion") } == [nil, "10", "50"])
        try await fixture.close()
    }

    @Test("lists again when the version is too old", arguments: ["start", "stream", "error 200"])
    func gone(place: String) async throws {
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.number) {
            case (false, 0): return [.json(Objects.list([Objects.object("a", 1)], version: 10))]
            case (false, _): return [.json(Objects.list([Objects.object("b", 90)], version: 90))]
            case (true, 1):
                let error = #"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#
                return switch place {
                case "start": [.status(410, reason: "Expired", message: "too old")]
                case "stream":
                    [.chunkedHead, .event("ADDED", Objects.object("x", 11)), .event("ERROR", error), .lastChunk]
                default: [.chunkedHead, .event("ERROR", error)]
                }
            default: return [.chunkedHead]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects == ["n/b": "90"] && $0.status == .watching }
            let wasFailing = recorder.now.statuses.contains { status in
                if case .failing(_, let reason) = status { reason.contains("too old") } else { false }
            }
            #expect(wasFailing)
        }
        #expect(fixture.server.requests.last?.query("resourceVersion") == "90")
        try await fixture.close()
    }

    @Test("keeps the old objects until the new list is complete")
    func swap() async throws {
        let bell = ScriptedServer.Bell()
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.number) {
            case (false, 0): [.json(Objects.list([Objects.object("a", 1)], version: 10))]
            case (true, 1): [.status(410)]
            case (false, 2): [.json(Objects.list([Objects.object("b", 2)], version: 20, continueToken: "t"))]
            case (false, _): [.wait(bell), .json(Objects.list([Objects.object("c", 3)], version: 20))]
            default: [.chunkedHead]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.replacement == ["n/b": "2"] }
            #expect(recorder.now.objects == ["n/a": "1"])
            bell.ring()
            await recorder.wait { $0.objects == ["n/b": "2", "n/c": "3"] }
        }
        try await fixture.close()
    }

    @Test("resumes after other error events, and after lines that it cannot read")
    func otherErrors() async throws {
        let bad = [
            #"{"type":"ERROR","object":{"kind":"Status","code":500,"message":"x"}}"# + "\n", "{nonsense}\n",
            #"{"type":"MODIFIED","object":{"metadata":{"name":"a"}}}"# + "\n", #"{"type":"MODIFIED"}"# + "\n",
            #"{"type":"RENAMED","object":{"metadata":{"name":"a","resourceVersion":"99"}}}"# + "\n",
        ]
        let fixture = try await Fixture { request in
            guard request.isWatch else { return [.json(Objects.list([], version: 10))] }
            let next = (Int(request.query("resourceVersion") ?? "") ?? 0) + 1
            guard next - 11 < bad.count else { return [.chunkedHead, .event("ADDED", Objects.object("last", next))] }
            return [.chunkedHead, .event("ADDED", Objects.object("o\(next)", next)), .chunk(bad[next - 11])]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects["n/last"] != nil }
            #expect(recorder.now.objects.count == bad.count + 1)
            #expect(recorder.now.calls.filter { $0 == "begin" }.count == 1, "nothing was listed again")
        }
        try await fixture.close()
    }

    @Test("reads events that arrive in parts, many at once, and with empty lines between them")
    func halves() async throws {
        let line = #"{"type":"ADDED","object":\#(Objects.object("a", 11))}"# + "\n"
        let more = (12...40).map { #"{"type":"ADDED","object":\#(Objects.object("o\($0)", $0))}"# }
        let fixture = try await Fixture { request in
            guard request.isWatch else { return [.json(Objects.list([], version: 10))] }
            return [.chunkedHead] + line.map { .chunk(String($0)) } + [
                .chunk("\n" + more.joined(separator: "\n") + "\n")
            ]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects.count == 30 }
            #expect(recorder.now.objects["n/a"] == "11")
        }
        try await fixture.close()
    }

    @Test("ends at once when its task is cancelled, at any point", arguments: ["list", "watch", "wait", "connect"])
    func cancellation(place: String) async throws {
        let reached = ScriptedServer.Bell()
        let fixture = try await Fixture { request in
            if request.isWatch || place == "list" {
                reached.ring()
                return request.isWatch ? [.chunkedHead] : []
            }
            if place == "wait" { return [.status(500)] }
            return [.json(Objects.list([], version: 10))]
        }
        try await fixture.watch(options: { $0.backoff = Backoff(initial: .seconds(3600), maximum: .seconds(3600)) }) {
            recorder in
            switch place {
            case "list": try await reached.promise.futureResult.get()
            case "watch": await recorder.wait { $0.status == .watching }
            case "wait": await recorder.wait { $0.reason != nil }
            default: break
            }
        }
        try await fixture.close()
    }
}
