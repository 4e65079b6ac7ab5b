internal import NIOCore
internal import NIOHTTP1

/// Handles what the client sends.
extension HTTPConnectionStateMachine {
    mutating func handshakeCompleted() {
        if case .handshaking = state { state = .idle }
    }

    /// Must be called when bytes arrive, which may or may not be a part of a request.
    ///
    /// - Returns: Whether they should be decoded.
    mutating func bytesReceived() -> Bool {
        switch state {
        case .lingering, .closed: return false
        case .handshaking, .idle:
            state = .receivingHead
            requestCount += 1
            return true
        default: return true
        }
    }

    /// Handles a part of a request from NIO's decoder.
    mutating func received(_ part: HTTPServerRequestPart) -> Action {
        if case .body(let bytes) = part, case .receivingBody(var body) = state {
            // This leaves `body` as the only owner of the buffer, so that appending to it does not copy it.
            state = .idle
            return append(bytes, to: &body)
        }
        switch (state, part) {
        case (.responding(let exchange), _): return postpone(part, exchange)
        case (.idle, .head(let head)), (.receivingHead, .head(let head)):
            if let refusal = head.refusal { return end(with: refusal, to: RequestHead(head)) }
            return screen(RequestHead(head), isDecoded: true)
        case (.receivingBody(let body), .end): return process(body)
        default: return .none
        }
    }

    mutating func screen(_ head: RequestHead, isDecoded: Bool) -> Action {
        // It arrived in the same read as the previous request.
        if case .idle = state { requestCount += 1 }
        state = .screening(head, isDecoded: isDecoded)
        return .screen(head)
    }

    private mutating func process(_ body: Body) -> Action {
        let isLast = isShuttingDown || body.head.isLast
        state = .responding(Exchange(head: body.head, isLast: isLast, isComplete: true))
        return .process(HTTPRequest(head: body.head, body: body.buffer))
    }

    private mutating func postpone(_ part: HTTPServerRequestPart, _ exchange: Exchange) -> Action {
        guard !isPipelineOverflowing else { return .none }
        guard pipelined.count < HTTPLimits.maximumPipelined else {
            isPipelineOverflowing = true
            endAfterResponse(exchange)
            pipelined.removeAll()
            return .limitReached(.pipelining, then: .none)
        }
        pipelined.append(part)
        return .none
    }

    /// The next part of a pipelined request, if it can be taken now.
    mutating func nextPipelined() -> HTTPServerRequestPart? {
        guard case .responding = state else { return pipelined.popFirst() }
        return nil
    }

    /// Reports the verdict on a head.
    mutating func screened(_ verdict: HeadVerdict) -> Action {
        guard case .screening(let head, let isDecoded) = state else { return .none }
        switch verdict {
        case .refuse(let response): return refuse(response, head)
        case .accept(let maximum):
            let length = head.contentLength ?? 0
            guard length <= maximum else { return refuse(.tooLarge(maximum), head) }
            let room = limits.unreservedBytes
            guard isDecoded else {
                let body = Body(head: head, maximum: maximum, buffer: ByteBuffer(), missing: length, room: room)
                guard length > 0 else { return process(body) }
                state = .receivingBody(body)
                return .none
            }
            let buffer = makeBodyBuffer(length)
            state = .receivingBody(Body(head: head, maximum: maximum, buffer: buffer, missing: nil, room: room))
            return head.expectsContinue ? .sendContinue : .none
        }
    }

    // MARK: Bodies

    /// The declared length is trusted only up to a point, so that declaring a length does not take memory by itself.
    func makeBodyBuffer(_ length: Int) -> ByteBuffer {
        allocator.buffer(capacity: min(length, limits.unreservedBytes) + limits.bodyPadding)
    }

    /// - Parameter body: Changed in place, because a copy would be a second owner of the buffer, and appending to a
    ///   buffer with two owners copies it.
    mutating func append(_ bytes: ByteBuffer, to body: inout Body) -> Action {
        let length = body.buffer.readableBytes + bytes.readableBytes
        guard length <= body.maximum else { return refuse(.tooLarge(body.maximum), body.head) }
        guard length <= body.room else {
            let reserved = holdsMemory ? body.room + limits.bodyPadding : 0
            state = .reserving(body, bytes)
            return .reserve(bufferSize(for: length) - reserved)
        }
        body.buffer.writeImmutableBuffer(bytes)
        return extended(body)
    }

    /// The action to take after the body has become longer.
    mutating func extended(_ body: Body) -> Action {
        guard body.missing != 0 else { return process(body) }
        state = .receivingBody(body)
        return .none
    }

    /// The memory that a body of this many bytes takes: a power of two, because buffers grow only to such sizes.
    private func bufferSize(for length: Int) -> Int {
        1 << (Int.bitWidth - (length + limits.bodyPadding - 1).leadingZeroBitCount)
    }

    /// Reports whether memory was reserved.
    mutating func reserved(_ isGranted: Bool) -> Action {
        guard case .reserving(var body, var bytes) = state else { return responseReserved(isGranted) }
        guard isGranted else {
            return .limitReached(.bufferedBytes, then: end(with: .overloaded, to: body.head))
        }
        holdsMemory = true
        state = .idle
        let size = bufferSize(for: body.buffer.readableBytes + bytes.readableBytes)
        body.room = size - limits.bodyPadding
        body.buffer.reserveCapacity(size)
        body.buffer.writeBuffer(&bytes)
        return extended(body)
    }

    // MARK: Refused requests

    private mutating func refuse(_ response: HTTPResponse, _ head: RequestHead) -> Action {
        // A body that will not be read cannot be distinguished from another request.
        let isLast = isShuttingDown || head.isLast || head.announcesBody
        return send(response, Exchange(head: head, isLast: isLast, isComplete: !head.announcesBody))
    }

    /// Answers a request without reading any more of it.
    mutating func end(with response: HTTPResponse, to head: RequestHead, isComplete: Bool = false) -> Action {
        send(response, Exchange(head: head, isLast: true, isComplete: isComplete))
    }

    /// Stands in for the head of a request that could not be decoded, or did not arrive in time.
    static let unknownHead = RequestHead(method: .RAW(value: ""), uri: "")

    /// Must be called if the bytes are not HTTP, or if there are too many headers or they are too long.
    mutating func decodingFailed(
        _ response: HTTPResponse = .text(.badRequest, "the request is not valid HTTP/1.1\n")
    ) -> Action {
        switch state {
        case .handshaking, .idle, .receivingHead, .screening, .receivingBody, .reserving:
            return end(with: response, to: Self.unknownHead)
        case .responding(let exchange):
            pipelined.removeAll()
            endAfterResponse(exchange)
            return .none
        case .lingering, .closed: return .none
        }
    }

    /// Must be called when the client will send no more.
    mutating func inputClosed() -> Action {
        guard case .responding(let exchange) = state else { return close() }
        endAfterResponse(exchange)
        return .none
    }

    private mutating func endAfterResponse(_ exchange: Exchange) {
        var exchange = exchange
        exchange.isLast = true
        state = .responding(exchange)
    }
}
