package import NIOCore

/// The lines of a watch, as they come. The connection is closed when the stream goes; while nobody asks for a line, the
/// server has to wait.
package struct LineStream: ~Copyable {
    private var parts: Exchange.Body.AsyncIterator
    private var splitter: LineSplitter
    private let translate: @Sendable (any Error) -> KubernetesError

    init(_ body: Exchange.Body, limit: Int, translate: @escaping @Sendable (any Error) -> KubernetesError) {
        parts = body.makeAsyncIterator()
        splitter = LineSplitter(limit: limit)
        self.translate = translate
    }

    /// The next line, without its end; empty lines are left out. Nil when the server has ended the answer in order.
    ///
    /// - Throws: `KubernetesError.connection` when the connection was cut, `.timedOut` when the server fell silent,
    ///   `.answerTooLarge` for a line without end, `.cancelled`.
    package mutating func next() async throws(KubernetesError) -> ByteBuffer? {
        while true {
            if let line = try splitter.next() { return line }
            guard let part = try await nextPart() else {
                if Task.isCancelled { throw .cancelled }
                guard splitter.isEmpty else { throw translate(ExchangeError.closedEarly) }
                return nil
            }
            splitter.append(part)
        }
    }

    private mutating func nextPart() async throws(KubernetesError) -> ByteBuffer? {
        do {
            return try await parts.next()
        } catch {
            throw translate(error)
        }
    }
}

/// Cuts bytes into lines, without copying a line that came in one piece.
struct LineSplitter {
    private let limit: Int
    private var buffer = ByteBuffer()
    /// The bytes at the start of `buffer` that hold no line end.
    private var searched = 0

    /// - Parameter limit: The most bytes a line may have.
    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { buffer.readableBytes == 0 }

    mutating func append(_ part: ByteBuffer) {
        if isEmpty {
            buffer = part
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(part)
        }
    }

    /// - Throws: `KubernetesError.answerTooLarge`.
    mutating func next() throws(KubernetesError) -> ByteBuffer? {
        while true {
            let rest = buffer.readableBytesView.dropFirst(searched)
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                searched = buffer.readableBytes
                guard searched <= limit else { throw .answerTooLarge(limit: limit) }
                return nil
            }
            let length = end - buffer.readerIndex
            guard length <= limit else { throw .answerTooLarge(limit: limit) }
            searched = 0
            guard let line = buffer.readSlice(length: length) else { return nil }
            buffer.moveReaderIndex(forwardBy: 1)
            if length > 0 { return line }
        }
    }
}
