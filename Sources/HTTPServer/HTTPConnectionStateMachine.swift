internal import NIOCore
internal import NIOHTTP1

/// The server side of one HTTP/1.1 connection. It handles one request at a time, while pipelined ones wait. Its handler
/// tells it what happens, and performs the actions that it returns.
struct HTTPConnectionStateMachine {
    /// What the connection is waiting for; each phase has its own deadline.
    enum Phase: Equatable, Sendable { case handshake, idle, head, body, response, lingering, closed }

    enum Action {
        case none
        /// Decide on the basis of the head alone, and report with `screened`.
        case screen(RequestHead)
        /// Send `100 Continue`: the client waits for it before sending the body.
        case sendContinue
        /// Reserve more memory, in bytes, and report with `reserved`.
        case reserve(Int)
        /// Release all memory that was reserved.
        indirect case release(then: Action)
        /// Answer the request, and report with `answered`.
        case process(HTTPRequest)
        /// Write the response, and report with `responseWritten`.
        case send(HTTPResponse, to: RequestHead, isLast: Bool)
        /// The client has not read its response yet: publish the new activity.
        case publishActivity
        indirect case limitReached(HTTPLimit, then: Action)
        /// Report with `timerFired` at that time.
        case schedule(NIODeadline)
        case close
        /// Close the socket without TLS's close_notify, which would wait for the client's.
        case abort
    }

    enum State {
        case handshaking
        case idle
        case receivingHead
        /// - Parameter isDecoded: Whether the decoder determines where the body ends; otherwise, its declared length
        ///   does.
        case screening(RequestHead, isDecoded: Bool)
        case receivingBody(Body)
        /// These bytes of the body are waiting for memory.
        case reserving(Body, ByteBuffer)
        case responding(Exchange)
        /// The last response has been sent; anything that still arrives is dropped.
        case lingering
        case closed
    }

    struct Body {
        let head: RequestHead
        /// In bytes.
        let maximum: Int
        var buffer: ByteBuffer
        /// The number of bytes still to come; nil if the decoder determines where the body ends.
        var missing: Int?
        /// The number of bytes that the body may have before it needs more memory.
        var room: Int
    }

    struct Exchange {
        enum Response {
            /// The request is being answered, or the response is being written.
            case pending
            /// The response is waiting for memory.
            case reserving(HTTPResponse)
            /// The response has been written, but the client has not read enough of it.
            case waiting
        }

        let head: RequestHead
        /// The connection ends with this response.
        var isLast: Bool
        /// Whether the client has sent all of the request, so that the connection can be closed without losing the
        /// response.
        let isComplete: Bool
        var response = Response.pending
    }

    let limits: HTTPLimits
    let allocator: ByteBufferAllocator
    var clock: HTTPConnectionClock
    var state: State
    /// The number of requests that have begun on this connection.
    var requestCount = 0
    /// Whether a request of this connection has been answered, and the connection was kept open.
    var isEstablished = false
    /// Whether memory is reserved, for the body or for the response.
    var holdsMemory = false
    /// Parts of requests that arrived in the same read as the one that is being answered. Nothing is read until it has
    /// been answered.
    var pipelined = CircularBuffer<HTTPServerRequestPart>()
    /// Whether more parts arrived than may wait, so that all later ones are dropped.
    var isPipelineOverflowing = false
    var isShuttingDown = false
    var isWritable = true
    /// Whether the pipeline has asked for a read that was not wanted at the time.
    var isReadDeferred = false

    /// - Parameter isEncrypted: Whether a handshake comes first.
    init(
        limits: HTTPLimits = HTTPLimits(),
        isEncrypted: Bool = false,
        allocator: ByteBufferAllocator = ByteBufferAllocator()
    ) {
        self.limits = limits
        self.allocator = allocator
        clock = HTTPConnectionClock(limits.deadlines)
        state = isEncrypted ? .handshaking : .idle
    }

    var phase: Phase {
        switch state {
        case .handshaking: .handshake
        case .idle: .idle
        case .receivingHead, .screening: .head
        case .receivingBody, .reserving: .body
        case .responding: .response
        case .lingering: .lingering
        case .closed: .closed
        }
    }

    /// What other connections of the server know about this one.
    var activity: HTTPConnectionStatus.Activity {
        switch phase {
        case .handshake, .head: .arriving
        case .idle: .idle
        case .body: .receivingBody
        case .response: isResponseWaiting ? .sending : .answering
        case .lingering, .closed: .sending
        }
    }

    var isResponseWaiting: Bool {
        if case .responding(let exchange) = state, case .waiting = exchange.response { true } else { false }
    }

    // MARK: Reading

    /// Whether bytes should be read from the connection: not while a request is being answered, and not while the
    /// client is not reading its responses.
    var wantsRead: Bool {
        switch state {
        case .responding, .closed: false
        default: isWritable
        }
    }

    /// Must be called when the pipeline asks for a read.
    ///
    /// - Returns: Whether to read now; if not, `resumeRead` says when.
    mutating func readRequested() -> Bool {
        guard !wantsRead else { return true }
        isReadDeferred = true
        return false
    }

    /// - Returns: Whether to perform a deferred read now.
    mutating func resumeRead() -> Bool {
        guard isReadDeferred, wantsRead else { return false }
        isReadDeferred = false
        return true
    }

    // MARK: The end

    /// Makes the next response the last one.
    mutating func drain() { isShuttingDown = true }

    /// Finishes requests in progress, and begins no more.
    mutating func shutDown() -> Action {
        isShuttingDown = true
        switch state {
        case .handshaking, .idle: return close()
        default: return .none
        }
    }

    /// Must be called when the server has chosen this connection to make room for others.
    mutating func evicted(_ reason: HTTPConnectionEviction) -> Action {
        switch reason {
        // A request arrived at the same moment; it is answered, and is the last one.
        case .forConnection where activity == .answering: return shutDown()
        case .forConnection, .forConnectionOfOtherClient: return abort()
        case .forMemory:
            if case .receivingBody(let body) = state {
                return .limitReached(.bufferedBytes, then: end(with: .overloaded, to: body.head))
            }
            return isResponseWaiting ? .limitReached(.bufferedBytes, then: abort()) : .none
        }
    }

    mutating func close() -> Action {
        connectionClosed()
        return .close
    }

    mutating func abort() -> Action {
        connectionClosed()
        return .abort
    }

    /// Must be called when the connection has been closed.
    mutating func connectionClosed() {
        state = .closed
        pipelined.removeAll()
    }
}
