import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("An HTTP connection", .timeLimit(.minutes(5)))
struct HTTPConnectionActionsTests {
    private typealias Machine = HTTPConnectionStateMachine

    /// The states of a connection.
    enum Situation: String, CaseIterable, Sendable {
        case handshaking, idle, kept, head, body, answering, waiting, lingering, closed
    }

    @Test(
        "reports its phase and activity, and whether a request has been answered",
        arguments: [
            (.handshaking, .handshake, .arriving, false), (.idle, .idle, .idle, false), (.kept, .idle, .idle, true),
            (.head, .head, .arriving, false), (.body, .body, .receivingBody, false),
            (.answering, .response, .answering, false), (.waiting, .response, .sending, false),
            (.lingering, .lingering, .sending, false), (.closed, .closed, .sending, false),
        ] as [(Situation, HTTPConnectionStateMachine.Phase, HTTPConnectionStatus.Activity, Bool)]
    )
    func status(
        _ situation: Situation,
        _ phase: HTTPConnectionStateMachine.Phase,
        _ activity: HTTPConnectionStatus.Activity,
        _ isEstablished: Bool
    ) {
        let machine = machine(situation)
        #expect(machine.phase == phase && machine.activity == activity && machine.isEstablished == isEstablished)
    }

    @Test("delays a read while a request is processed or the client does not read", arguments: Situation.allCases)
    func reads(_ situation: Situation) {
        var machine = machine(situation)
        let isWanted = ![.answering, .waiting, .closed].contains(situation)
        #expect(machine.readRequested() == isWanted)
        #expect(machine.resumeRead() == false, "the read was not delayed, or is not wanted yet")
        _ = machine.writabilityChanged(to: true)
        _ = machine.answered(.text(.ok, ""))
        _ = machine.responseWritten()
        #expect(machine.resumeRead() == [.answering, .waiting].contains(situation), "a delayed read is resumed")
        #expect(machine.resumeRead() == false, "it is resumed only once")
    }

    @Test("delays a read until the client reads")
    func unwritable() {
        var machine = machine(.idle)
        _ = machine.writabilityChanged(to: false)
        #expect(!machine.readRequested() && !machine.resumeRead())
        _ = machine.writabilityChanged(to: true)
        #expect(machine.resumeRead() == true)
    }

    @Test(
        "is blocked by a response that the client does not read",
        arguments: [(false, "none", Machine.Phase.idle), (true, "close", .closed)]
    )
    func backpressure(_ isLast: Bool, _ action: String, _ phase: HTTPConnectionStateMachine.Phase) {
        var machine = machine(.answering, headers: isLast ? ["connection": "close"] : [:])
        _ = machine.received(.head(Self.head()))
        _ = machine.writabilityChanged(to: false)
        #expect(text(machine.answered(.text(.ok, ""))) == (isLast ? "send 200 last" : "send 200"))
        #expect(text(machine.writabilityChanged(to: true)) == "none", "the response has not been written")
        _ = machine.writabilityChanged(to: false)
        #expect(text(machine.responseWritten()) == "publish")
        #expect(machine.isResponseWaiting && machine.nextPipelined() == nil)
        #expect(text(machine.writabilityChanged(to: false)) == "none")
        #expect(text(machine.writabilityChanged(to: true)) == action)
        #expect(machine.phase == phase && !machine.isResponseWaiting)
        #expect((machine.nextPipelined() == nil) == isLast)
    }

    @Test(
        "is ended by an eviction unless a request has just arrived, and releases memory if it has any",
        arguments: [
            (.handshaking, "abort", "abort", "none"), (.idle, "abort", "abort", "none"),
            (.head, "abort", "abort", "none"),
            (.body, "abort", "abort", "limit buffered_bytes, send 503 last"),
            (.answering, "none", "abort", "none"), (.waiting, "abort", "abort", "limit buffered_bytes, abort"),
            (.lingering, "abort", "abort", "none"),
        ] as [(Situation, String, String, String)]
    )
    func eviction(_ situation: Situation, _ connection: String, _ other: String, _ memory: String) {
        let evictions = [HTTPConnectionEviction.forConnection, .forConnectionOfOtherClient, .forMemory]
        for (eviction, action) in zip(evictions, [connection, other, memory]) {
            var machine = machine(situation)
            #expect(text(machine.evicted(eviction)) == action, "\(eviction)")
            #expect((machine.phase == .closed) == action.hasSuffix("abort"), "\(eviction)")
            guard situation == .answering, action == "none" else { continue }
            let isLast = eviction == .forConnection
            #expect(text(machine.answered(.text(.ok, ""))) == (isLast ? "send 200 last" : "send 200"))
        }
    }

    @Test(
        "reports a timeout to the client if it is still listening",
        arguments: [
            (.handshaking, "limit idle, close"), (.idle, "limit idle, close"), (.kept, "limit idle, close"),
            (.head, "limit head, send 408 last"), (.body, "limit body, send 408 last"),
            (.answering, "limit response, close"), (.waiting, "limit response, abort"), (.lingering, "close"),
        ] as [(Situation, String)]
    )
    func deadlines(_ situation: Situation, _ action: String) {
        var machine = machine(situation)
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        guard case .set(let deadline) = machine.phaseChange(isWithinRecord: false, now: { start })?.timer else {
            Issue.record("there is no deadline")
            return
        }
        #expect(text(machine.timerFired(now: deadline)) == action)
    }

    @Test("has an idle timeout that starts with the end of its handshake, and again with each request")
    func idleTime() {
        var machine = machine(.handshaking)
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        _ = machine.phaseChange(isWithinRecord: false) { at(0) }
        machine.handshakeCompleted()
        #expect(machine.phaseChange(isWithinRecord: false) { at(9) }?.timer == .set(at(189)))
        _ = machine.bytesReceived()
        _ = machine.received(.head(Self.head()))
        _ = machine.screened(.accept(maximumBody: 0))
        _ = machine.received(.end(nil))
        _ = machine.answered(.text(.ok, ""))
        _ = machine.responseWritten()
        #expect(machine.phaseChange(isWithinRecord: false) { at(100) }?.timer == .keep)
        #expect(text(machine.timerFired(now: at(189))) == "schedule 280")
    }

    @Test("gives a request that arrives in one read with the previous one the full time for its body")
    func timeOfPipelinedBodies() {
        var machine = machine(.body)
        func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }
        #expect(machine.phaseChange(isWithinRecord: false) { at(0) }?.timer == .set(at(20)))
        for read in 1...5 {
            // The read contains the end of a body, and the head of the next request with a part of its body.
            _ = machine.received(.end(nil))
            _ = machine.answered(.text(.ok, ""))
            _ = machine.responseWritten()
            _ = machine.received(.head(Self.head()))
            _ = machine.screened(.accept(maximumBody: 100))
            let now = Int64(read) * 15
            #expect(machine.phaseChange(isWithinRecord: false) { at(now) }?.timer == .set(at(now + 20)))
        }
    }

    // MARK: Memory

    @Test("sends a long response when there is memory, which is released when the client has read it")
    func longResponse() {
        let long = HTTPResponse.text(.ok, String(repeating: "x", count: 65_537))
        var machine = machine(.answering)
        #expect(text(machine.answered(long)) == "reserve 65537")
        #expect(machine.phase == .response && machine.activity == .answering)
        #expect(text(machine.reserved(true)) == "send 200")
        _ = machine.writabilityChanged(to: false)
        #expect(text(machine.responseWritten()) == "publish")
        #expect(text(machine.writabilityChanged(to: true)) == "release, none")

        machine = self.machine(.answering)
        _ = machine.answered(long)
        #expect(text(machine.reserved(false)) == "limit buffered_bytes, send 503")
        #expect(text(machine.responseWritten()) == "none", "there is no memory to release")
    }

    @Test("needs no extra memory for a response of 64 KiB, minus the padding", arguments: [0, 64])
    func unreserved(_ padding: Int) {
        var machine = machine(.answering, padding: padding)
        func response(_ bytes: Int) -> HTTPResponse { .text(.ok, String(repeating: "x", count: bytes - padding)) }
        #expect(text(machine.answered(response(65_536))) == "send 200")
        machine = self.machine(.answering, padding: padding)
        #expect(text(machine.answered(response(65_537))) == "reserve \(65_537 - padding)")
    }

    @Test(
        "takes memory for a long body in powers of two, and releases it with the response",
        arguments: [(0, 131_072), (64, 131_008)]
    )
    func longBody(_ padding: Int, _ room: Int) {
        var machine = machine(.body, padding: padding, maximum: 1_000_000)
        #expect(text(machine.received(.body(ByteBuffer(repeating: 0, count: 65_536 - padding)))) == "none")
        #expect(text(machine.received(.body(ByteBuffer(repeating: 0, count: 1)))) == "reserve 131072")
        #expect(text(machine.reserved(true)) == "none")
        #expect(text(machine.received(.body(ByteBuffer(repeating: 0, count: room - 65_537 + padding)))) == "none")
        #expect(
            text(machine.received(.body(ByteBuffer(repeating: 0, count: 1)))) == "reserve 131072",
            "as much again in addition"
        )
        #expect(text(machine.reserved(true)) == "none")
        guard case .process(let request) = machine.received(.end(nil)) else {
            Issue.record("the request was not processed")
            return
        }
        #expect(request.body.readableBytes == room + 1)
        #expect(request.body.writableBytes >= padding)
        #expect(text(machine.answered(.text(.ok, ""))) == "release, send 200")
        #expect(text(machine.responseWritten()) == "none")
    }

    @Test("refuses a body without available memory, and one that is too long, and releases the memory")
    func refusedBodies() {
        var machine = machine(.body, maximum: 100_000)
        _ = machine.received(.body(ByteBuffer(repeating: 0, count: 70_000)))
        #expect(text(machine.reserved(false)) == "limit buffered_bytes, send 503 last")
        machine = self.machine(.body, maximum: 100_000)
        _ = machine.received(.body(ByteBuffer(repeating: 0, count: 70_000)))
        _ = machine.reserved(true)
        let excess = machine.received(.body(ByteBuffer(repeating: 0, count: 30_001)))
        #expect(text(excess) == "release, limit body_size, send 413 last")
    }

    // MARK: Helpers

    private static func head(_ headers: HTTPHeaders = [:]) -> HTTPRequestHead {
        var headers = headers
        headers.add(name: "host", value: "localhost")
        headers.add(name: "transfer-encoding", value: "chunked")
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)
    }

    /// A connection in this state that has not requested anything yet.
    private func machine(
        _ situation: Situation,
        padding: Int = 0,
        maximum: Int = 100,
        headers: HTTPHeaders = [:]
    ) -> HTTPConnectionStateMachine {
        var limits = HTTPLimits()
        limits.bodyPadding = padding
        var machine = Machine(limits: limits, isEncrypted: situation == .handshaking)
        switch situation {
        case .handshaking, .idle: return machine
        case .closed: machine.connectionClosed()
        case .head: _ = machine.bytesReceived()
        case .lingering:
            _ = machine.decodingFailed()
            _ = machine.responseWritten()
        case .kept, .body, .answering, .waiting:
            _ = machine.bytesReceived()
            _ = machine.received(.head(Self.head(headers)))
            _ = machine.screened(.accept(maximumBody: maximum))
            guard situation != .body else { return machine }
            _ = machine.received(.end(nil))
            guard situation != .answering else { return machine }
            if situation == .waiting { _ = machine.writabilityChanged(to: false) }
            _ = machine.answered(.text(.ok, ""))
            _ = machine.responseWritten()
        }
        return machine
    }

    private func text(_ action: HTTPConnectionStateMachine.Action) -> String {
        switch action {
        case .none: "none"
        case .screen: "screen"
        case .sendContinue: "continue"
        case .reserve(let bytes): "reserve \(bytes)"
        case .release(let next): "release, \(text(next))"
        case .process: "process"
        case .send(let response, _, let isLast): "send \(response.status.code)\(isLast ? " last" : "")"
        case .publishActivity: "publish"
        case .limitReached(let limit, let next): "limit \(limit.rawValue), \(text(next))"
        case .schedule(let deadline): "schedule \(deadline.uptimeNanoseconds / 1_000_000_000)"
        case .close: "close"
        case .abort: "abort"
        }
    }
}
