internal import CZlib
internal import NIOCore

/// Compression as gzip (RFC 1952), by the system's zlib.
enum Gzip {
    /// zlib's number for a gzip header and trailer around a window of 32 KiB.
    private static let windowBits: Int32 = 16 + 15
    /// zlib's default, with which it takes 256 KiB while it works.
    private static let memoryLevel: Int32 = 8

    /// Favours speed over size, because this runs on an event loop: metrics become about ten times smaller.
    ///
    /// - Returns: Nil if zlib runs out of memory.
    static func compress(_ bytes: [UInt8]) -> ByteBuffer? {
        var stream = z_stream()
        // zlib remembers the address.
        return withUnsafeMutablePointer(to: &stream) { compress(bytes, with: $0) }
    }

    private static func compress(_ bytes: [UInt8], with stream: UnsafeMutablePointer<z_stream>) -> ByteBuffer? {
        guard let length = UInt32(exactly: bytes.count),
            deflateInit2_(
                stream,
                Z_BEST_SPEED,
                Z_DEFLATED,
                windowBits,
                memoryLevel,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            ) == Z_OK
        else { return nil }
        defer { deflateEnd(stream) }
        guard let bound = UInt32(exactly: deflateBound(stream, UInt(length))) else { return nil }
        var buffer = ByteBufferAllocator().buffer(capacity: Int(bound))
        var status = Z_OK
        bytes.withUnsafeBufferPointer { input in
            _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(bound)) { output in
                // zlib reads `avail_in` bytes and writes at most `avail_out` bytes, which both buffers have.
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = length
                stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = bound
                status = deflate(stream, Z_FINISH)
                return Int(bound - stream.pointee.avail_out)
            }
        }
        return status == Z_STREAM_END ? buffer : nil
    }
}
