import TestSupport
import Testing

@testable import Kubernetes
@testable import TestNetwork

@Suite("A restart of a list or watch", .timeLimit(.minutes(5)))
struct WatchRestartTests {
    @Test("is reported once, with its reason, in order")
    func sequence() async throws {
        let fixture = try await Fixture { request in
            let expired = #"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#
            return switch request.number {
            case 0: [.status(503)]
            case 1: [.json("nonsense")]
            case 2: [.json(Objects.list([], version: 10, continueToken: "t"))]
            case 3: [.status(410, reason: "Expired")]
            case 4: [.json(Objects.list([], version: 20))]
            case 5: [.chunkedHead, .event("BOOKMARK", Objects.bookmark(30)), .lastChunk]
            case 6: [.chunkedHead, .event("ADDED", Objects.object("a", 31)), .chunk("{nonsense}\n")]
            case 7: [.chunkedHead, .event("MODIFIED", Objects.object("a", 32)), .close]
            case 8: [.status(403)]
            case 9: [.chunkedHead, .event("ERROR", expired)]
            case 10: [.json(Objects.list([], version: 90))]
            default: [.chunkedHead, .event("ADDED", Objects.object("last", 91))]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.objects["n/last"] != nil }
            let reasons: [WatchRestart] = [
                .refused, .malformed, .expired, .ended, .malformed, .connection, .refused, .expired,
            ]
            #expect(recorder.now.restarts == reasons)
        }
        try await fixture.close()
    }

    @Test("after silence is reported as a timeout")
    func silence() async throws {
        let fixture = try await Fixture { request in
            switch (request.isWatch, request.number) {
            case (false, _): [.json(Objects.list([], version: 10))]
            case (true, 1): [.chunkedHead]
            case (true, _): [.chunkedHead, .event("ADDED", Objects.object("last", 11))]
            }
        }
        try await fixture.watch(options: { $0.idleTimeout = .seconds(2) }) { recorder in
            await recorder.wait { $0.objects["n/last"] != nil }
            // On a busy machine, the next watch is silent for as long.
            let restarts = recorder.now.restarts
            #expect(!restarts.isEmpty && restarts.allSatisfy { $0 == .timedOut }, "\(restarts)")
        }
        try await fixture.close()
    }
}
