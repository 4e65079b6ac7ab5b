import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("The HTTP connection state machine", .timeLimit(.minutes(5)))
struct HTTPConnectionStateMachineTests {
    private var machine = HTTPConnectionStateMachine()

    @Test("assembles a request from its parts")
    mutating func pieces() {
        begin(head(length: 5))
        #expect(machine.phase == .body)
        _ = machine.received(.body(ByteBuffer(string: "he")))
        _ = machine.received(.body(ByteBuffer(string: "llo")))
        guard case .process(let request) = machine.received(.end(nil)) else {
            Issue.record("the request was not processed")
            return
        }
        #expect(String(buffer: request.body) == "hello")
        #expect(machine.phase == .response && !machine.wantsRead)
    }

    @Test("does not copy a long body for each of its parts", arguments: [false, true])
    mutating func longBody(_ isDecoded: Bool) {
        let (count, size) = (200, 100)
        _ = machine.bytesReceived()
        _ = machine.screen(RequestHead(head(length: count * size)), isDecoded: isDecoded)
        _ = machine.screened(.accept(maximumBody: count * size))
        var places: Set<UnsafeRawPointer?> = []
        for _ in 1..<count {
            var piece = ByteBuffer(repeating: 0x78, count: size)
            _ = isDecoded ? machine.received(.body(piece)) : machine.receivedBody(&piece)
            guard case .receivingBody(let body) = machine.state else {
                Issue.record("the body is already complete")
                return
            }
            places.insert(body.buffer.withVeryUnsafeBytes(\.baseAddress))
        }
        #expect(places.count == 1)
    }

    @Test("is idle again after a response on a kept connection")
    mutating func keepAlive() {
        process(head())
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: false))
        #expect(close(machine.responseWritten()) == false)
        #expect(machine.phase == .idle && machine.wantsRead)
    }

    @Test("closes the connection if the client requests that")
    mutating func connectionClose() {
        process(head(headers: ["connection": "close"]))
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: true))
        #expect(close(machine.responseWritten()))
    }

    @Test("ends the connection after the current response if more than 128 requests are pipelined")
    mutating func tooManyPipelined() {
        process(head(uri: "/first"))
        for index in 0..<256 {
            let part: HTTPServerRequestPart = index.isMultiple(of: 2) ? .head(head(uri: "/next")) : .end(nil)
            guard case .none = machine.received(part) else {
                Issue.record("part \(index) was not accepted")
                return
            }
        }
        guard case .limitReached(.pipelining, then: .none) = machine.received(.head(head(uri: "/excess"))) else {
            Issue.record("the limit was not reached")
            return
        }
        guard case .none = machine.received(.end(nil)) else {
            Issue.record("the limit is reported again")
            return
        }
        guard case .send(_, _, let isLast) = machine.answered(.text(.ok, "ok")) else {
            Issue.record("the current request is not answered")
            return
        }
        #expect(isLast)
        guard case .close = machine.responseWritten() else {
            Issue.record("the connection stays open")
            return
        }
        #expect(machine.nextPipelined() == nil)
    }

    @Test("lets pipelined requests wait in order")
    mutating func pipelining() {
        process(head(uri: "/1"))
        for part in [HTTPServerRequestPart.head(head(uri: "/2")), .end(nil), .head(head(uri: "/3")), .end(nil)] {
            guard case .none = machine.received(part) else {
                Issue.record("a request overtook another")
                return
            }
        }
        #expect(machine.nextPipelined() == nil)
        for uri in ["/2", "/3"] {
            _ = machine.answered(.text(.ok, "ok"))
            _ = machine.responseWritten()
            guard let part = machine.nextPipelined(), case .screen(let next) = machine.received(part) else {
                Issue.record("\(uri) was not returned")
                return
            }
            #expect(next.uri == uri)
            _ = machine.screened(.accept(maximumBody: 0))
            guard let end = machine.nextPipelined(), case .process = machine.received(end) else {
                Issue.record("\(uri) was not processed")
                return
            }
        }
    }

    @Test("refuses a declared length above the limit before it reads the body")
    mutating func declaredLength() {
        _ = machine.received(.head(head(length: 101)))
        #expect(sent(machine.screened(.accept(maximumBody: 100))) == Sent(status: .payloadTooLarge, isLast: true))
        #expect(close(machine.responseWritten()) == false)
        #expect(machine.phase == .lingering && machine.wantsRead)
    }

    @Test("cuts a body without a declared length at the limit")
    mutating func chunkedLength() {
        begin(head(headers: ["transfer-encoding": "chunked"]), maximum: 10)
        guard case .none = machine.received(.body(ByteBuffer(string: "0123456789"))) else {
            Issue.record("a body of the limit's size was refused")
            return
        }
        let refusal = sent(machine.received(.body(ByteBuffer(string: "x"))))
        #expect(refusal == Sent(status: .payloadTooLarge, isLast: true))
    }

    @Test("sends 100 Continue only if it accepts the body")
    mutating func expectContinue() {
        _ = machine.received(.head(head(length: 5, headers: ["expect": "100-continue"])))
        guard case .sendContinue = machine.screened(.accept(maximumBody: 5)) else {
            Issue.record("no 100 Continue")
            return
        }
        var other = HTTPConnectionStateMachine()
        _ = other.received(.head(head(length: 6, headers: ["expect": "100-continue"])))
        #expect(sent(other.screened(.accept(maximumBody: 5)))?.status == .payloadTooLarge)
    }

    @Test(
        "refuses what two servers could interpret differently",
        arguments: [
            ["host": "a", "transfer-encoding": "chunked", "content-length": "5"], [:], ["host": "a", "Host": "b"],
        ] as [HTTPHeaders]
    )
    mutating func ambiguity(_ headers: HTTPHeaders) {
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: headers)
        #expect(sent(machine.received(.head(head))) == Sent(status: .badRequest, isLast: true))
    }

    @Test("answers malformed HTTP with 400, and ends the connection")
    mutating func garbage() {
        _ = machine.bytesReceived()
        #expect(sent(machine.decodingFailed()) == Sent(status: .badRequest, isLast: true))
    }

    @Test("completes the response to a request before it reports garbage after it")
    mutating func garbageBehindRequest() {
        process(head())
        guard case .none = machine.decodingFailed() else {
            Issue.record("the garbage was answered in the middle of a response")
            return
        }
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: true))
    }

    @Test("on shutdown ends an idle connection at once, and a busy one after its response")
    mutating func shutDown() {
        var idle = HTTPConnectionStateMachine()
        #expect(close(idle.shutDown()))
        process(head())
        #expect(close(machine.shutDown()) == false)
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: true))
        #expect(close(machine.responseWritten()))
    }

    @Test("while draining keeps a connection until its next request, whose response is announced as the last")
    mutating func drain() {
        machine.drain()
        #expect(machine.phase == .idle && machine.wantsRead)
        process(head())
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: true))
        #expect(close(machine.responseWritten()))
    }

    @Test("answers a timeout in the head or body with 408, and just ends an idle connection")
    mutating func deadlines() {
        var idle = HTTPConnectionStateMachine()
        #expect(close(idle.deadlinePassed()))
        var inHead = HTTPConnectionStateMachine()
        _ = inHead.bytesReceived()
        #expect(sent(inHead.deadlinePassed()) == Sent(status: .requestTimeout, isLast: true))
        #expect(close(inHead.responseWritten()))
        begin(head(length: 5))
        #expect(sent(machine.deadlinePassed()) == Sent(status: .requestTimeout, isLast: true))
    }

    @Test("still answers a client that closes its side after its request")
    mutating func halfClosed() {
        process(head())
        #expect(close(machine.inputClosed()) == false)
        #expect(sent(machine.answered(.text(.ok, "ok"))) == Sent(status: .ok, isLast: true))
        var idle = HTTPConnectionStateMachine()
        #expect(close(idle.inputClosed()))
    }

    // MARK: Helpers

    private struct Sent: Equatable {
        let status: HTTPResponseStatus
        let isLast: Bool
    }

    private func sent(_ action: HTTPConnectionStateMachine.Action) -> Sent? {
        switch action {
        case .send(let response, _, let isLast): Sent(status: response.status, isLast: isLast)
        case .limitReached(.bodySize, let next):
            sent(next).flatMap { $0.status == .payloadTooLarge ? $0 : nil }
        default: nil
        }
    }

    private func close(_ action: HTTPConnectionStateMachine.Action) -> Bool {
        if case .close = action { true } else { false }
    }

    private func head(uri: String = "/", length: Int? = nil, headers: HTTPHeaders = [:]) -> HTTPRequestHead {
        var all = headers
        all.add(name: "host", value: "localhost")
        if let length { all.add(name: "content-length", value: "\(length)") }
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: all)
    }

    private mutating func begin(_ head: HTTPRequestHead, maximum: Int = 100) {
        _ = machine.bytesReceived()
        _ = machine.received(.head(head))
        _ = machine.screened(.accept(maximumBody: maximum))
    }

    private mutating func process(_ head: HTTPRequestHead) {
        begin(head)
        _ = machine.received(.end(nil))
    }
}
