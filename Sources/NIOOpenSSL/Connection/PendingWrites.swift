internal import NIOCore

/// Plaintext that waits for a flush or for the end of the handshake.
struct PendingWrites {
    private var writes = CircularBuffer<(buffer: ByteBuffer, promise: EventLoopPromise<Void>?)>(initialCapacity: 4)
    private var flushed = 0

    var hasFlushed: Bool { flushed > 0 }

    mutating func append(_ buffer: ByteBuffer, promise: EventLoopPromise<Void>?) { writes.append((buffer, promise)) }

    mutating func flush() { flushed = writes.count }

    /// How many bytes have been flushed; counting stops at `limit`.
    func flushedBytes(limit: Int) -> Int {
        var sum = 0
        var index = writes.startIndex
        for _ in 0..<flushed where sum < limit {
            sum += writes[index].buffer.readableBytes
            index = writes.index(after: index)
        }
        return min(sum, limit)
    }

    /// Takes what can be encrypted at once: a record's worth of small writes, or up to `limit` bytes of a large one.
    /// Appends the promises of the writes that it takes completely. `nil` if no flushed bytes remain.
    mutating func nextPiece(limit: Int, _ promises: inout WritePromises) -> ByteBuffer? {
        while flushed > 0 {
            if let slice = takeSlice(limit: limit) { return slice }
            var (piece, promise) = removeFirst()
            promises.append(promise)
            guard piece.readableBytes > 0 else { continue }
            while let next = nextToCoalesce(with: piece) {
                piece.writeImmutableBuffer(next)
                promises.append(removeFirst().promise)
            }
            return piece
        }
        return nil
    }

    /// Empties the queue, including what was not flushed.
    mutating func removeAll() -> WritePromises {
        var promises = WritePromises()
        while let (_, promise) = writes.popFirst() { promises.append(promise) }
        flushed = 0
        return promises
    }

    private mutating func takeSlice(limit: Int) -> ByteBuffer? {
        let first = writes.startIndex
        guard writes[first].buffer.readableBytes > limit else { return nil }
        return writes[first].buffer.readSlice(length: limit)
    }

    private func nextToCoalesce(with piece: ByteBuffer) -> ByteBuffer? {
        guard flushed > 0, let next = writes.first?.buffer,
            piece.readableBytes + next.readableBytes <= TLSConnection.maximumRecord
        else { return nil }
        return next
    }

    private mutating func removeFirst() -> (buffer: ByteBuffer, promise: EventLoopPromise<Void>?) {
        flushed -= 1
        return writes.removeFirst()
    }
}

/// The promises, in order, of several writes that were combined into one.
struct WritePromises {
    private var first: EventLoopPromise<Void>?
    private var others: [EventLoopPromise<Void>] = []

    mutating func append(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if first == nil { first = promise } else { others.append(promise) }
    }

    /// A single promise that completes all of them in order; `nil` if there are none.
    func combined(on eventLoop: any EventLoop) -> EventLoopPromise<Void>? {
        guard !others.isEmpty else { return first }
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            first?.completeWith(result)
            for other in others { other.completeWith(result) }
        }
        return promise
    }

    func fail(_ error: any Error) {
        first?.fail(error)
        for other in others { other.fail(error) }
    }
}
