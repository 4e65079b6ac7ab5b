internal import NIOCore
internal import NIOHTTP1

extension HTTPResponse {
    /// All of the response as it is sent (RFC 9112, section 4), in one piece: of several, each would cost its way through
    /// the pipeline.
    ///
    /// - Parameter isLast: the connection ends with it.
    func encoded(to request: HTTPRequestHead, isLast: Bool, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: Self.headCapacity + body.readableBytes)
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
        if request.method != .HEAD { buffer.writeImmutableBuffer(body) }
        return buffer
    }

    /// In bytes; heads are hardly ever longer.
    private static let headCapacity = 256
}
