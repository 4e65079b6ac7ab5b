internal import HTTPClient
internal import NIOCore

/// The objects of a list as they arrive. The connection is closed when this value is destroyed. As long as the next
/// object is not requested, the server has to wait.
struct ListStream: ~Copyable {
    enum Part {
        case object(ByteBuffer)
        /// An object that is larger than the client's limit.
        case tooLarge(SkippedObject)
        /// The list is complete; this is the list without its objects. It comes last.
        case end(ByteBuffer)
    }

    private var body: ResponseBody
    private let server: ServerURL
    private var splitter: ListSplitter

    /// - Parameter limit: The maximum number of bytes of an object.
    init(_ body: consuming ResponseBody, from server: ServerURL, limit: Int) {
        self.body = body
        self.server = server
        splitter = ListSplitter(limit: limit)
    }

    /// - Parameter deadline: The time at which waiting ends, however slowly an object arrives.
    /// - Returns: Nil after the deadline.
    /// - Throws: `KubernetesError.malformedAnswer`, `.answerTooLarge` for an object without end, or what went wrong on the
    ///   connection.
    mutating func next(until deadline: ContinuousClock.Instant) async throws(KubernetesError) -> Part? {
        while true {
            switch try splitter.next() {
            case .object(let bytes): return .object(bytes)
            case .tooLarge(let object): return .tooLarge(object)
            case nil: break
            }
            guard ContinuousClock.now < deadline else { return nil }
            guard let part = try await body.next(from: server) else { return .end(try splitter.end()) }
            splitter.append(part)
        }
    }
}
