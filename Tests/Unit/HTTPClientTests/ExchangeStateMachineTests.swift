import NIOCore
import Testing

@testable import HTTPClient

@Suite("The state machine of a connection", .timeLimit(.minutes(5)))
struct ExchangeStateMachineTests {
    private var machine = ExchangeStateMachine()
    private let start = NIODeadline.now()

    private mutating func startStream() {
        #expect(machine.start(limit: 10, idleTimeout: .seconds(60)) == true)
        #expect(machine.receivedHead(status: 200, isKeepAlive: true, at: start) == .startStream)
    }

    @Test(
        "accepts the next request when the response is complete and the server keeps the connection open",
        arguments: [true, false]
    )
    mutating func reuse(isKeepAlive: Bool) {
        #expect(machine.start(limit: 10, idleTimeout: nil) == true)
        #expect(machine.start(limit: 10, idleTimeout: nil) == false)
        #expect(machine.receivedHead(status: 200, isKeepAlive: isKeepAlive, at: start) == .ignore)
        #expect(machine.receivedBody(count: 10, at: start) == .append)
        #expect(machine.receivedEnd() == .complete(isReusable: isKeepAlive))
        #expect(machine.start(limit: 10, idleTimeout: nil) == isKeepAlive)
    }

    @Test("accepts no request after the connection begins to close, but completes the current one")
    mutating func closing() {
        #expect(machine.start(limit: 10, idleTimeout: nil) == true)
        machine.closing()
        #expect(machine.receivedHead(status: 200, isKeepAlive: true, at: start) == .ignore)
        #expect(machine.receivedEnd() == .complete(isReusable: false))
        #expect(machine.start(limit: 10, idleTimeout: nil) == false)
        #expect(machine.failed() == false)
    }

    @Test("limits the body of a refusal, and refuses a longer body otherwise")
    mutating func limit() {
        #expect(machine.start(limit: 10, idleTimeout: nil) == true)
        #expect(machine.receivedHead(status: 500, isKeepAlive: true, at: start) == .ignore)
        #expect(machine.receivedBody(count: 11, at: start) == .ignore)
        #expect(machine.receivedEnd() == .complete(isReusable: true))
        #expect(machine.start(limit: 10, idleTimeout: nil) == true)
        #expect(machine.receivedHead(status: 200, isKeepAlive: true, at: start) == .ignore)
        #expect(machine.receivedBody(count: 11, at: start) == .fail(limit: 10))
        #expect(machine.start(limit: 10, idleTimeout: nil) == false)
    }

    @Test("accepts no request after a refused stream, because its reader closes the connection")
    mutating func refusedStream() {
        #expect(machine.start(limit: 10, idleTimeout: .seconds(60)) == true)
        #expect(machine.receivedHead(status: 403, isKeepAlive: true, at: start) == .ignore)
        #expect(machine.receivedBody(count: 10, at: start) == .append)
        #expect(machine.receivedEnd() == .complete(isReusable: false))
    }

    @Test("delays a read while a stream's reader has enough")
    mutating func pause() {
        startStream()
        #expect(machine.mayRead() == true)
        #expect(machine.resume(at: start) == false)
        machine.pause()
        #expect(machine.mayRead() == false)
        #expect(machine.resume(at: start) == true)
        #expect(machine.mayRead() == true)
        machine.pause()
        #expect(machine.resume(at: start) == false, "no read was delayed")
    }

    @Test("gives up on a silent stream, unless its reader has enough")
    mutating func silence() {
        startStream()
        #expect(machine.receivedBody(count: 100, at: start + .seconds(10)) == .yield)
        #expect(machine.checkIdleness(at: start + .seconds(30)) == .wait(.seconds(40)))
        #expect(machine.checkIdleness(at: start + .seconds(70)) == .fail(limit: .seconds(60)))
        machine.setIdleTimeout(.seconds(61))
        #expect(machine.checkIdleness(at: start + .seconds(70)) == .wait(.seconds(1)))
        machine.pause()
        #expect(machine.checkIdleness(at: start + .hours(1)) == .wait(.seconds(61)))
        _ = machine.resume(at: start + .hours(1))
        #expect(machine.checkIdleness(at: start + .hours(1) + .seconds(60)) == .wait(.seconds(1)))
        #expect(machine.receivedEnd() == .finishStream)
        #expect(machine.checkIdleness(at: start + .hours(2)) == nil)
    }
}
