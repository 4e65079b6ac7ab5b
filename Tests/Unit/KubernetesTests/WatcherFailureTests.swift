import HTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A watcher whose server fails", .timeLimit(.minutes(5)))
struct WatcherFailureTests {
    private static let events = (11...14).map {
        #"{"type":"ADDED","object":\#(Objects.object("o\($0)", $0))}"# + "\n"
    }

    /// The bytes of a whole watch from this version, with each event in its own chunk.
    private static func watch(from version: Int) -> String {
        let chunks = events.dropFirst(version - 10).map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks.joined() + "0\r\n\r\n"
    }

    @Test("misses nothing, wherever a watch's connection is lost")
    func cutWatch() async throws {
        let whole = Self.watch(from: 10)
        for length in stride(from: 0, to: whole.utf8.count - 1, by: 3) {
            let fixture = try await Fixture { request in
                guard request.isWatch else { return [.json(Objects.list([], version: 10))] }
                if request.number == 1 { return [.send(whole.bytes(length)), .close] }
                let version = Int(request.query("resourceVersion") ?? "") ?? 0
                return [.send(Self.watch(from: version).bytes(-5))]
            }
            try await fixture.watch { recorder in
                await recorder.wait { $0.objects.count == 4 && $0.status == .watching }
                let added = recorder.now.calls.filter { $0.hasPrefix("ADDED") }
                #expect(added == (11...14).map { "ADDED n/o\($0)@\($0)" }, "cut after \(length) bytes")
                #expect(recorder.now.calls.filter { $0 == "begin" }.count == 1)
            }
            try await fixture.close()
        }
    }

    @Test("uses no part of a truncated page, and requests it again")
    func cutList() async throws {
        let body = Objects.list([Objects.object("a", 1), Objects.object("b", 2)], version: 10)
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        for length in stride(from: 0, to: whole.utf8.count - 1, by: 7) {
            let fixture = try await Fixture { request in
                if request.number == 0 { return [.send(whole.bytes(length)), .close] }
                return request.isWatch ? [.chunkedHead] : [.send(whole)]
            }
            try await fixture.watch { recorder in
                await recorder.wait { $0.status == .watching }
                #expect(
                    recorder.now.calls == ["begin", "add n/a@1", "add n/b@2", "end 10"],
                    "cut after \(length) bytes"
                )
            }
            try await fixture.close()
        }
    }

    @Test("logs the beginning of the failure, and logs again while it lasts", arguments: [true, false])
    func log(_ isRepeated: Bool) async throws {
        let fixture = try await Fixture { _ in [.status(403, reason: "Forbidden")] }
        let log = RecordedLog()
        let change: (inout Watcher.Options) -> Void = { if isRepeated { $0.logInterval = .zero } }
        try await fixture.watch(options: change, logger: log.logger) { _ in
            while fixture.server.requests.count < 20 { try await Task.sleep(for: .milliseconds(1)) }
        }
        let count = log.lines.count { $0.level == .warning && $0.message == "the watch is interrupted" }
        #expect(isRepeated ? count > 5 : count == 1)
        try await fixture.close()
    }

    @Test("ends a silent watch, and reports the time limit")
    func silentWatch() async throws {
        let fixture = try await Fixture { request in
            guard request.isWatch else { return [.json(Objects.list([], version: 10))] }
            let version = (Int(request.query("resourceVersion") ?? "") ?? 0) + 1
            return [.chunkedHead, .event("ADDED", Objects.object("o", version))]
        }
        try await fixture.watch(options: { $0.idleTimeout = .milliseconds(50) }) { recorder in
            await recorder.wait { $0.objects["n/o"] == "13" }
            let reasons = recorder.now.statuses.compactMap { status in
                if case .failing(_, let reason) = status { reason } else { nil }
            }
            #expect(reasons.first?.contains("the next part of a watch within 50ms") == true, "\(reasons)")
        }
        try await fixture.close()
    }

    @Test("retries if the server hangs before it responds")
    func hangingServer() async throws {
        var options = APIClient.Options()
        options.responseTimeout = .milliseconds(100)
        let hung = Mutex<Set<Bool>>([])
        let fixture = try await Fixture(options: options) { request in
            guard !hung.withLock({ $0.insert(request.isWatch).inserted }) else { return [] }
            return request.isWatch ? [.chunkedHead] : [.json(Objects.list([], version: 10))]
        }
        try await fixture.watch { recorder in await recorder.wait { $0.status == .watching } }
        #expect(fixture.server.requests.count >= 4)
        try await fixture.close()
    }

    @Test("uses the new token after a 401, in the list and in the watch")
    func expiredToken() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("one\n", to: "token")
        let fixture = try await Fixture(credentials: TokenFile(path: folder.path("token"))) { request in
            let token = request.headers["Authorization"].first ?? ""
            switch (request.isWatch, token) {
            case (false, "Bearer one"):
                _ = try? folder.write("two\n", to: "token")
                return [.status(401, reason: "Unauthorized")]
            case (false, "Bearer two"): return [.json(Objects.list([], version: 10))]
            case (true, "Bearer two"):
                _ = try? folder.write("three\n", to: "token")
                return [.status(401, reason: "Unauthorized")]
            case (true, "Bearer three"): return [.chunkedHead]
            default: return [.status(500)]
            }
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.status == .watching }
            #expect(recorder.now.statuses == [.listing, .watching], "the status shows no failure")
        }
        try await fixture.close()
    }

    @Test("keeps trying while the token is refused, and reports that")
    func refusedToken() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("one", to: "token")
        let fixture = try await Fixture(credentials: TokenFile(path: folder.path("token"))) { request in
            guard request.headers["Authorization"] == ["Bearer two"] else {
                return [.status(401, reason: "Unauthorized", message: "who are you")]
            }
            return request.isWatch ? [.chunkedHead] : [.json(Objects.list([], version: 10))]
        }
        try await fixture.watch { recorder in
            await recorder.wait { $0.reason?.contains("401 Unauthorized: who are you") == true }
            _ = try folder.write("two", to: "token")
            await recorder.wait { $0.status == .watching }
        }
        try await fixture.close()
    }

    @Test("keeps trying while the connection is refused, and reports that")
    func nobodyThere() async throws {
        let first = try await ScriptedServer { _ in [] }
        let port = first.port
        try await first.close()
        let fixture = Fixture(server: first, client: Fixture.client(port: port))
        try await fixture.watch { recorder in
            await recorder.wait { state in
                state.reason?.contains("http://127.0.0.1:\(port) failed: 127.0.0.1: Connection refused")
                    == true
            }
        }
        fixture.client.shutDown()
    }
}

extension String {
    /// The first bytes, or all except the last ones if the count is negative.
    fileprivate func bytes(_ count: Int) -> String {
        String(decoding: count < 0 ? utf8.dropLast(-count) : utf8.prefix(count), as: UTF8.self)
    }
}
