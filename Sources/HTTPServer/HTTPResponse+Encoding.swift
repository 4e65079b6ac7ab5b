internal import NIOCore
internal import NIOHTTP1

extension HTTPResponse {
    /// The bytes to send (RFC 9112, section 4), in one piece unless the body is long, because each piece is another
    /// pass through the pipeline.
    ///
    /// - Parameter isLast: Whether the connection ends with this response.
    func encoded(
        to request: RequestHead,
        isLast: Bool,
        _ allocator: ByteBufferAllocator
    ) -> (start: ByteBuffer, rest: ByteBuffer?) {
        let head = ResponseHead(self, to: request, isLast: isLast)
        let isBodySent = request.method != .HEAD
        let length = head.length
        let isShort = body.readableBytes <= Self.shortBody
        var buffer = allocator.buffer(capacity: length + (isBodySent && isShort ? body.readableBytes : 0))
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) {
            head.write(to: $0)
            return length
        }
        guard isBodySent else { return (buffer, nil) }
        guard isShort else { return (buffer, body) }
        buffer.writeImmutableBuffer(body)
        return (buffer, nil)
    }

    /// In bytes; a body up to this length is copied after the head.
    private static let shortBody = 16 * 1024
}

/// The head of a response, in parts.
private struct ResponseHead {
    private let start: StaticString
    /// Between `start` and the length of the body.
    private var variable = ""
    private let bodyLength: Int
    /// Between the length of the body and `end`.
    private var fields = ""
    private let end: StaticString
    /// In bytes.
    let length: Int

    init(_ response: borrowing HTTPResponse, to request: RequestHead, isLast: Bool) {
        bodyLength = response.body.readableBytes
        let isOld = request.version == .http1_0
        end = isLast ? "\r\nconnection: close\r\n\r\n" : isOld ? "\r\nconnection: keep-alive\r\n\r\n" : "\r\n\r\n"
        if case .ok = response.status, !isOld, response.contentType == "application/json" {
            start = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
        } else {
            start = isOld ? "HTTP/1.0 " : "HTTP/1.1 "
            variable = "\(response.status.code) \(response.status.reasonPhrase)"
            variable += "\r\ncontent-type: \(response.contentType)\r\ncontent-length: "
        }
        for header in response.headers { fields += "\r\n\(header.name): \(header.value)" }
        length =
            start.utf8CodeUnitCount + variable.utf8.count + Self.digits(of: bodyLength) + fields.utf8.count
            + end.utf8CodeUnitCount
    }

    /// Writes `length` bytes to the front of this memory.
    func write(to memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count >= length, "the caller has made room for the head")
        var rest = memory
        Self.write(start, to: &rest)
        Self.write(variable, to: &rest)
        write(bodyLength, to: &rest)
        Self.write(fields, to: &rest)
        Self.write(end, to: &rest)
    }

    // MARK: Each of these advances past what it writes, for which there must be room.

    private static func write(_ text: StaticString, to memory: inout UnsafeMutableRawBufferPointer) {
        let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        memory.copyMemory(from: bytes)
        memory = UnsafeMutableRawBufferPointer(rebasing: memory[bytes.count...])
    }

    private static func write(_ text: String, to memory: inout UnsafeMutableRawBufferPointer) {
        guard !text.isEmpty else { return }
        memory.copyBytes(from: text.utf8)
        memory = UnsafeMutableRawBufferPointer(rebasing: memory[text.utf8.count...])
    }

    private func write(_ number: Int, to memory: inout UnsafeMutableRawBufferPointer) {
        let count = Self.digits(of: number)
        var rest = number
        for place in (0..<count).reversed() {
            memory[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        memory = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
    }

    private static func digits(of number: Int) -> Int {
        var (rest, count) = (number / 10, 1)
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }
}
