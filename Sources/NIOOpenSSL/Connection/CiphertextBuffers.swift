internal import COpenSSL
internal import NIOCore

/// The network as OpenSSL sees it: a `BIO` that reads from one `ByteBuffer` and writes into another. What the channel
/// received is not copied before OpenSSL reads it, what OpenSSL writes goes into the buffer that the channel will
/// write, and an idle connection holds neither. (A `BIO_s_mem` keeps the largest buffer it ever needed.)
///
/// OpenSSL gets one record at a time. Otherwise it would read and answer all buffered records that carry no data in a
/// single call.
final class CiphertextBuffers {
    /// Ciphertext that was received and that OpenSSL has not read yet.
    private var inbound = ByteBuffer()
    /// Ciphertext that OpenSSL has written and that the channel has not been given yet.
    private var outbound = ByteBuffer()
    /// The boundaries of the records that OpenSSL has read.
    private(set) var records = RecordBoundaries()
    /// Checks the handshake messages that a client sends in the clear; nil if they need no check.
    var messages: HandshakeMessages?
    /// Whether a message was too long and was kept from OpenSSL.
    private(set) var hasOversizedMessage = false

    var inboundCount: Int { inbound.readableBytes }

    func receive(_ buffer: ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = buffer
        } else {
            inbound.writeImmutableBuffer(buffer)
        }
    }

    /// Releases the received ciphertext, so that the channel can reuse the memory.
    func dropInbound() { inbound = ByteBuffer() }

    /// Lets OpenSSL read to the end of the record that it has begun, or else to the end of the next one.
    func allowRecord() { records.advance() }

    /// Makes room for `count` more bytes, with at most one allocation.
    func reserveOutbound(_ count: Int) { outbound.reserveCapacity(minimumWritableBytes: count) }

    func takeOutbound() -> ByteBuffer? {
        guard outbound.readableBytes > 0 else { return nil }
        defer { outbound = ByteBuffer() }
        return outbound
    }

    fileprivate func read(into space: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(space.count, inbound.readableBytes, records.remaining)
        guard count > 0 else { return 0 }
        return inbound.readWithUnsafeReadableBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            if records.isInContent, records.type == RecordBoundaries.handshakeType, messages?.consume(bytes) == false {
                hasOversizedMessage = true
                return (0, 0)
            }
            space.copyMemory(from: bytes)
            records.consume(bytes)
            return (count, count)
        }
    }

    fileprivate func write(_ bytes: UnsafeRawBufferPointer) { outbound.writeBytes(bytes) }

    /// Makes a `BIO` that uses these buffers, which must outlive it.
    func makeBIO() -> OpaquePointer? {
        guard let method = bioMethod, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return bio
    }
}

/// This is safe to share because it is written once and OpenSSL only reads it.
nonisolated(unsafe) private let bioMethod: OpaquePointer? = {
    let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
    guard let method = BIO_meth_new(type, "ByteBuffer") else { return nil }
    BIO_meth_set_create(method) { bio in
        BIO_set_init(bio, 1)
        return 1
    }
    BIO_meth_set_read(method, readBIO)
    BIO_meth_set_write(method, writeBIO)
    BIO_meth_set_ctrl(method) { _, command, _, _ in
        command == BIO_CTRL_FLUSH ? 1 : 0
    }
    return method
}()

private func buffers(of bio: OpaquePointer?) -> CiphertextBuffers? {
    BIO_get_data(bio).map { Unmanaged<CiphertextBuffers>.fromOpaque($0).takeUnretainedValue() }
}

/// Tells OpenSSL to retry at the end of what was received or of the record: only the channel knows whether more will
/// come.
private func readBIO(_ bio: OpaquePointer?, _ start: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
    COpenSSL_BIO_clear_retry_flags(bio)
    let space = UnsafeMutableRawBufferPointer(start: start, count: Int(count))
    let read = buffers(of: bio)?.read(into: space) ?? 0
    guard read > 0 else {
        COpenSSL_BIO_set_retry_read(bio)
        return -1
    }
    return Int32(read)
}

private func writeBIO(_ bio: OpaquePointer?, _ start: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
    buffers(of: bio)?.write(UnsafeRawBufferPointer(start: start, count: Int(count)))
    return count
}
