internal import Glibc
internal import NIOCore

/// Splits bytes into lines, without copying lines that arrive in one piece. A line that exceeds the limit is not kept;
/// at its end, only a few things are known about it.
struct LineSplitter {
    enum Line: Equatable {
        case whole(ByteBuffer)
        case tooLong(SkippedLine)
    }

    /// A line that is longer than this many times the limit is an error: it may never end.
    private static let longest = 64

    private let limit: Int
    private var buffer = ByteBuffer()
    /// The number of bytes at the start of `buffer` that contain no line end.
    private var searched = 0
    /// What is known about a line that is too long, and how many of its bytes have arrived and were dropped.
    private var skipped: (skimmer: JSONSkimmer, length: Int)?

    /// - Parameter limit: The maximum number of bytes of a line.
    init(limit: Int) { self.limit = limit }

    /// Whether no part of an unfinished line is held.
    var isEmpty: Bool { buffer.readableBytes == 0 && skipped == nil }

    mutating func append(_ part: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = part
            searched = 0
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(part)
        }
    }

    /// - Throws: `KubernetesError.answerTooLarge` for a line whose end is not worth waiting for.
    mutating func next() throws(KubernetesError) -> Line? {
        while true {
            guard let length = lineLength() else {
                searched = buffer.readableBytes
                if skipped != nil || searched > limit { try skip(searched) }
                return nil
            }
            searched = 0
            if skipped != nil || length > limit {
                try skip(length)
                buffer.moveReaderIndex(forwardBy: 1)
                defer { skipped = nil }
                return skipped.map { .tooLong(SkippedLine($0.skimmer)) }
            }
            guard let line = buffer.readSlice(length: length) else { return nil }
            buffer.moveReaderIndex(forwardBy: 1)
            if length > 0 { return .whole(line) }
        }
    }

    /// Nil if there is no line end.
    private func lineLength() -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, searched < bytes.count else { return nil }
            let end = memchr(start + searched, Int32(UInt8(ascii: "\n")), bytes.count - searched)
            return end.map { start.distance(to: UnsafeRawPointer($0)) }
        }
    }

    private mutating func skip(_ length: Int) throws(KubernetesError) {
        var (skimmer, total) = skipped ?? (SkippedLine.skimmer(), 0)
        buffer.withUnsafeReadableBytes { skimmer.feed(UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
        buffer.moveReaderIndex(forwardBy: length)
        searched = 0
        total += length
        guard total <= limit * Self.longest else { throw .answerTooLarge(limit: limit * Self.longest) }
        skipped = (skimmer, total)
    }
}
