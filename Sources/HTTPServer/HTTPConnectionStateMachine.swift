package import NIOCore
package import NIOHTTP1

/// The server's side of one HTTP/1.1 connection: one request at a time, pipelined ones wait. The handler feeds it what
/// happens and carries out the actions it returns.
package struct HTTPConnectionStateMachine {
    /// What the connection waits for; each phase has a deadline of its own.
    package enum Phase: Equatable, Sendable { case idle, head, body, response, lingering, closed }

    package enum Action {
        case none
        /// Decide by the head alone, and report with `admitted`.
        case admit(HTTPRequestHead)
        /// Send `100 Continue`: the client waits for it before it sends the body.
        case sendContinue
        /// More memory for the body is wanted, in bytes; report with `reserved`.
        case reserve(Int)
        case process(HTTPRequest)
        case reached(HTTPLimit)
        /// Send a response; report with `responseSent`.
        case send(HTTPResponse, to: HTTPRequestHead, isLast: Bool)
        case close
    }

    private enum State {
        case idle
        case receivingHead
        case admitting(HTTPRequestHead)
        case receivingBody(Body)
        /// These bytes of the body wait for memory.
        case reserving(Body, ByteBuffer)
        case responding(Exchange)
        /// The last response is on its way or sent; what still comes is dropped.
        case lingering
        case closed
    }

    private struct Exchange {
        let head: HTTPRequestHead
        /// The connection ends with this response.
        var isLast: Bool
        /// The client has nothing more to send of this request; it can be cut off without losing the response.
        let isComplete: Bool
    }

    private struct Body {
        let head: HTTPRequestHead
        let maximum: Int
        var buffer: ByteBuffer
        /// How long it may become without more memory.
        var room = HTTPLimits.freeBody

        /// The memory for so long a body, a power of two because buffers take no other.
        static func memory(for length: Int) -> Int {
            let bytes = length + HTTPConnectionStateMachine.parserPadding
            return 1 << (Int.bitWidth - (bytes - 1).leadingZeroBitCount)
        }
    }

    private var state = State.idle
    /// Requests begun on this connection.
    package private(set) var requestCount = 0
    /// Parts of further requests that came in one read with the one that is answered; nothing is read meanwhile.
    private var pipelined = CircularBuffer<HTTPServerRequestPart>()
    /// There were too many of them, and what comes after them is dropped.
    private var isOverrun = false
    private var isShuttingDown = false
    private let allocator: ByteBufferAllocator

    package init(allocator: ByteBufferAllocator = ByteBufferAllocator()) { self.allocator = allocator }

    package var phase: Phase {
        switch state {
        case .idle: .idle
        case .receivingHead, .admitting: .head
        case .receivingBody, .reserving: .body
        case .responding: .response
        case .lingering: .lingering
        case .closed: .closed
        }
    }

    /// Whether bytes should be read from the connection.
    package var wantsRead: Bool {
        switch state {
        case .responding, .closed: false
        default: true
        }
    }

    // MARK: What the client does

    /// Bytes came in, which may or may not make up a part of a request.
    ///
    /// - Returns: whether anybody should look at them.
    package mutating func bytesReceived() -> Bool {
        switch state {
        case .lingering, .closed: return false
        case .idle:
            state = .receivingHead
            requestCount += 1
            return true
        default: return true
        }
    }

    package mutating func received(_ part: HTTPServerRequestPart) -> Action {
        if case .body(let bytes) = part, case .receivingBody(let body) = state {
            // Only `body` holds the buffer now, so that appending to it does not copy it.
            state = .idle
            return append(bytes, to: body)
        }
        switch (state, part) {
        case (.responding(let exchange), _): return postpone(part, exchange)
        case (.idle, .head(let head)), (.receivingHead, .head(let head)):
            if let refusal = head.refusal { return end(with: refusal, to: head, isComplete: false) }
            state = .admitting(head)
            return .admit(head)
        case (.receivingBody(let body), .end):
            let isLast = isShuttingDown || body.head.isLast
            state = .responding(Exchange(head: body.head, isLast: isLast, isComplete: true))
            return .process(HTTPRequest(head: body.head, body: body.buffer))
        default: return .none
        }
    }

    private mutating func postpone(_ part: HTTPServerRequestPart, _ exchange: Exchange) -> Action {
        guard !isOverrun else { return .none }
        guard pipelined.count < HTTPLimits.maximumPipelined else {
            isOverrun = true
            pipelined.removeAll()
            state = .responding(Exchange(head: exchange.head, isLast: true, isComplete: exchange.isComplete))
            return .reached(.pipelining)
        }
        pipelined.append(part)
        return .none
    }

    private mutating func append(_ bytes: ByteBuffer, to body: consuming Body) -> Action {
        let length = body.buffer.readableBytes + bytes.readableBytes
        guard length <= body.maximum else { return refuse(.tooLarge(body.maximum), body.head) }
        guard length <= body.room else {
            let held = body.room > HTTPLimits.freeBody ? Body.memory(for: body.room) : 0
            state = .reserving(body, bytes)
            return .reserve(Body.memory(for: length) - held)
        }
        body.buffer.writeImmutableBuffer(bytes)
        state = .receivingBody(body)
        return .none
    }

    /// The answer to `reserve`.
    package mutating func reserved(_ isGranted: Bool) -> Action {
        guard case .reserving(var body, var bytes) = state else { return .none }
        guard isGranted else { return end(with: .overloaded, to: body.head, isComplete: false) }
        state = .idle
        let length = body.buffer.readableBytes + bytes.readableBytes
        body.room = Body.memory(for: length) - Self.parserPadding
        body.buffer.reserveCapacity(body.room + Self.parserPadding)
        body.buffer.writeBuffer(&bytes)
        state = .receivingBody(body)
        return .none
    }

    /// The memory of the body is wanted by others.
    package mutating func expelledFromMemory() -> Action {
        guard case .receivingBody(let body) = state else { return .none }
        return end(with: .overloaded, to: body.head, isComplete: false)
    }

    /// The answer to `admit`.
    package mutating func admitted(_ verdict: HeadVerdict) -> Action {
        guard case .admitting(let head) = state else { return .none }
        switch verdict {
        case .refuse(let response): return refuse(response, head)
        case .accept(let maximum):
            let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            guard length <= maximum else { return refuse(.tooLarge(maximum), head) }
            // The declared length is only believed up to a point, so that it alone takes no memory.
            let capacity = min(length, HTTPLimits.freeBody) + Self.parserPadding
            state = .receivingBody(Body(head: head, maximum: maximum, buffer: allocator.buffer(capacity: capacity)))
            return head.expectsContinue ? .sendContinue : .none
        }
    }

    /// Room behind the body, so that it can be parsed where it is.
    static let parserPadding = 64

    private mutating func refuse(_ response: HTTPResponse, _ head: HTTPRequestHead) -> Action {
        // A body that will not be read cannot be told from a next request.
        let isLast = isShuttingDown || head.isLast || head.announcesBody
        state = .responding(Exchange(head: head, isLast: isLast, isComplete: !head.announcesBody))
        return .send(response, to: head, isLast: isLast)
    }

    /// Answers what will not be read any further.
    private mutating func end(with response: HTTPResponse, to head: HTTPRequestHead, isComplete: Bool) -> Action {
        state = .responding(Exchange(head: head, isLast: true, isComplete: isComplete))
        return .send(response, to: head, isLast: true)
    }

    /// Stands in for a request whose head was not understood.
    private static let unreadableHead = HTTPRequestHead(version: .http1_1, method: .RAW(value: ""), uri: "")

    /// The bytes are not HTTP, or too many headers.
    package mutating func receivedGarbage(
        _ response: HTTPResponse = .text(.badRequest, "this is not HTTP/1.1\n")
    ) -> Action {
        switch state {
        case .idle, .receivingHead, .admitting, .receivingBody, .reserving:
            return end(with: response, to: Self.unreadableHead, isComplete: false)
        case .responding(var exchange):
            pipelined.removeAll()
            exchange.isLast = true
            state = .responding(exchange)
            return .none
        case .lingering, .closed: return .none
        }
    }

    // MARK: What the server does

    /// The answer to `process`.
    package mutating func answered(_ response: HTTPResponse) -> Action {
        guard case .responding(var exchange) = state else { return .none }
        exchange.isLast = exchange.isLast || isShuttingDown
        state = .responding(exchange)
        return .send(response, to: exchange.head, isLast: exchange.isLast)
    }

    /// The response has been taken by the connection; `nextPipelined` may have work now.
    package mutating func responseSent() -> Action {
        guard case .responding(let exchange) = state else { return .none }
        guard exchange.isLast || isShuttingDown else {
            state = .idle
            return .none
        }
        guard !exchange.isComplete else { return closed() }
        pipelined.removeAll()
        state = .lingering
        return .none
    }

    /// The next part of a pipelined request that can be taken now.
    package mutating func nextPipelined() -> HTTPServerRequestPart? {
        guard case .responding = state else { return pipelined.popFirst() }
        return nil
    }

    /// The next answer is the last.
    package mutating func drain() { isShuttingDown = true }

    /// Requests under way are finished, no further one is begun.
    package mutating func shutDown() -> Action {
        isShuttingDown = true
        if case .idle = state { return closed() }
        return .none
    }

    /// The deadline of the phase has passed.
    package mutating func deadlinePassed() -> Action {
        switch state {
        case .receivingHead, .admitting: timedOut("the request's head took too long\n")
        case .receivingBody, .reserving: timedOut("the request's body took too long\n")
        case .idle, .responding, .lingering, .closed: closed()
        }
    }

    private mutating func timedOut(_ reason: String) -> Action {
        end(with: .text(.requestTimeout, reason), to: Self.unreadableHead, isComplete: true)
    }

    /// The client will send no more.
    package mutating func inputClosed() -> Action {
        guard case .responding(var exchange) = state else { return closed() }
        exchange.isLast = true
        state = .responding(exchange)
        return .none
    }

    private mutating func closed() -> Action {
        state = .closed
        pipelined.removeAll()
        return .close
    }

    /// The connection is gone.
    package mutating func connectionClosed() {
        state = .closed
        pipelined.removeAll()
    }
}
