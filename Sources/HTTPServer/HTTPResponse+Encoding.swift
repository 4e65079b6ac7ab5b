internal import NIOCore
internal import NIOHTTP1

extension HTTPResponse {
    /// The bytes to send (RFC 9112, section 4), in one piece unless the body is long, because each piece costs a way through
    /// the pipeline.
    ///
    /// - Parameter isLast: whether the connection ends with this response.
    func encoded(
        to request: HTTPRequestHead,
        isLast: Bool,
        _ allocator: ByteBufferAllocator
    ) -> (start: ByteBuffer, rest: ByteBuffer?) {
        let isShort = body.readableBytes <= Self.shortBody
        var buffer = allocator.buffer(capacity: Self.headCapacity + (isShort ? body.readableBytes : 0))
        writeHead(into: &buffer, to: request, isLast: isLast)
        guard request.method != .HEAD else { return (buffer, nil) }
        guard isShort else { return (buffer, body) }
        buffer.writeImmutableBuffer(body)
        return (buffer, nil)
    }

    /// In bytes; a body that is not longer is copied behind the head.
    private static let shortBody = 16 * 1024
    /// In bytes; heads are hardly ever longer.
    private static let headCapacity = 256

    private func writeHead(into buffer: inout ByteBuffer, to request: HTTPRequestHead, isLast: Bool) {
        buffer.writeStaticString(request.version == .http1_0 ? "HTTP/1.0 " : "HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeStaticString("\r\ncontent-type: ")
        buffer.writeString(contentType)
        buffer.writeStaticString("\r\ncontent-length: ")
        buffer.writeString(String(body.readableBytes))
        for header in headers {
            buffer.writeStaticString("\r\n")
            buffer.writeString(header.name)
            buffer.writeStaticString(": ")
            buffer.writeString(header.value)
        }
        if isLast {
            buffer.writeStaticString("\r\nconnection: close")
        } else if request.version == .http1_0 {
            buffer.writeStaticString("\r\nconnection: keep-alive")
        }
        buffer.writeStaticString("\r\n\r\n")
    }
}
