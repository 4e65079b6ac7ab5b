/// Follows the messages of a client's handshake through the records that carry them in the clear (RFC 8446, section 4).
/// OpenSSL makes room for a message as soon as it has its header; for a ClientHello, of which a client need not send more,
/// that would be up to 128 KiB.
struct HandshakeMessages {
    /// In bytes. One with keys of post-quantum exchanges has about 2 KiB.
    static let maximumClientHello = 16 * 1024

    private static let clientHello: UInt32 = 1

    /// Of the message that has begun.
    private var rest = 0
    /// The type and the length of a message, as far as they have come.
    private var header: UInt32 = 0
    private var headerCount = 0

    /// - Parameter bytes: the next content of records.
    /// - Returns: whether each ClientHello in it is as short as it has to be.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if rest > 0 {
                let count = min(rest, bytes.count - offset)
                rest -= count
                offset += count
                continue
            }
            header = header << 8 | UInt32(bytes[offset])
            headerCount += 1
            offset += 1
            guard headerCount == 4 else { continue }
            headerCount = 0
            rest = Int(header & 0xff_ffff)
            guard header >> 24 != Self.clientHello || rest <= Self.maximumClientHello else { return false }
        }
        return true
    }
}
