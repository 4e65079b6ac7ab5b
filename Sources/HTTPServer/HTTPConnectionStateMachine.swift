internal import NIOCore
internal import NIOHTTP1

/// The server's side of one HTTP/1.1 connection: one request at a time, while pipelined ones wait. Its handler tells it
/// what happens, and performs the actions that it returns.
struct HTTPConnectionStateMachine {
    /// What the connection waits for; each phase has a deadline of its own.
    enum Phase: Equatable, Sendable { case handshake, idle, head, body, response, lingering, closed }

    enum Action {
        case none
        /// Decide by the head alone, and report with `screened`.
        case screen(RequestHead)
        /// Send `100 Continue`: the client waits for it before it sends the body.
        case sendContinue
        /// Reserve more memory, in bytes, and report with `reserved`.
        case reserve(Int)
        /// Give back all memory that was reserved.
        indirect case release(then: Action)
        /// Answer the request, and report with `answered`.
        case process(HTTPRequest)
        /// Write the response, and report with `responseWritten`.
        case send(HTTPResponse, to: RequestHead, isLast: Bool)
        /// The client has not taken its response yet: publish the new activity.
        case publishActivity
        indirect case limitReached(HTTPLimit, then: Action)
        /// Report with `timerFired` at that time.
        case schedule(NIODeadline)
        case close
        /// Close the socket without TLS's goodbye, which would wait for the client's.
        case abort
    }

    enum State {
        case handshaking
        case idle
        case receivingHead
        /// - Parameter isDecoded: whether the decoder tells where the body ends; if not, its declared length does.
        case screening(RequestHead, isDecoded: Bool)
        case receivingBody(Body)
        /// These bytes of the body wait for memory.
        case reserving(Body, ByteBuffer)
        case responding(Exchange)
        /// The last response has been sent; what still comes is dropped.
        case lingering
        case closed
    }

    struct Body {
        let head: RequestHead
        /// In bytes.
        let maximum: Int
        var buffer: ByteBuffer
        /// How many bytes are still to come; nil if the decoder tells where the body ends.
        var missing: Int?
        /// How many bytes the body may have before it needs more memory.
        var room: Int
    }

    struct Exchange {
        enum Response {
            /// The request is being answered, or the response is being written.
            case pending
            /// The response waits for memory.
            case reserving(HTTPResponse)
            /// The response has been written, and the client has not taken enough of it.
            case waiting
        }

        let head: RequestHead
        /// The connection ends with this response.
        var isLast: Bool
        /// The client has sent all of the request: the connection can be closed without losing the response.
        let isComplete: Bool
        var response = Response.pending
    }

    let limits: HTTPLimits
    let allocator: ByteBufferAllocator
    var clock: HTTPConnectionClock
    var state: State
    /// Requests begun on this connection.
    var requestCount = 0
    /// Whether a request of this connection has been answered, and the connection kept.
    var isEstablished = false
    /// Memory is reserved, for the body or for the response.
    var holdsMemory = false
    /// Parts of requests that came in one read with the one that is being answered; nothing is read meanwhile.
    var pipelined = CircularBuffer<HTTPServerRequestPart>()
    /// More parts came than may wait, and all that come after them are dropped.
    var isPipelineOverflowing = false
    var isShuttingDown = false
    var isWritable = true
    /// The pipeline has asked for a read that was not wanted at that time.
    var isReadDeferred = false

    /// - Parameter isEncrypted: whether a handshake comes first.
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

    /// What the other connections of the server know of this one.
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

    /// Whether bytes should be read from the connection: not while a request is being answered, and not while the client
    /// does not take its responses.
    var wantsRead: Bool {
        switch state {
        case .responding, .closed: false
        default: isWritable
        }
    }

    /// The pipeline asks for a read.
    ///
    /// - Returns: whether to read now; if not, `resumeRead` tells when.
    mutating func readRequested() -> Bool {
        guard !wantsRead else { return true }
        isReadDeferred = true
        return false
    }

    /// - Returns: whether to read now what was not wanted before.
    mutating func resumeRead() -> Bool {
        guard isReadDeferred, wantsRead else { return false }
        isReadDeferred = false
        return true
    }

    // MARK: The end

    /// The next response is the last.
    mutating func drain() { isShuttingDown = true }

    /// Requests under way are finished, no further one is begun.
    mutating func shutDown() -> Action {
        isShuttingDown = true
        switch state {
        case .handshaking, .idle: return close()
        default: return .none
        }
    }

    /// The server has chosen this connection to make room for others.
    mutating func evicted(_ reason: HTTPConnectionEviction) -> Action {
        switch reason {
        // A request came at the same moment; it is answered, and is the last one.
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

    /// The connection is gone.
    mutating func connectionClosed() {
        state = .closed
        pipelined.removeAll()
    }
}
