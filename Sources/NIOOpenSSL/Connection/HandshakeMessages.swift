/// Follows the messages of a client's handshake through the records that carry them in the clear (RFC 8446, section 4).
/// OpenSSL allocates memory for a message as soon as it has the header. For a ClientHello, that would be up to 128 KiB,
/// even if the client never sends the rest.
struct HandshakeMessages {
    /// The largest ClientHello, in bytes. One with post-quantum key shares has about 2 KiB.
    static let maximumClientHello = 16 * 1024

    private static let clientHello: UInt32 = 1

    /// How many bytes of the current message are still to come.
    private var remaining = 0
    /// The type and the length of the next message, as far as they have been received.
    private var header: UInt32 = 0
    private var headerCount = 0

    /// - Parameter bytes: The next content of records.
    /// - Returns: Whether no ClientHello exceeds the maximum.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            if remaining > 0 {
                let count = min(remaining, bytes.count - offset)
                remaining -= count
                offset += count
                continue
            }
            header = header << 8 | UInt32(bytes[offset])
            headerCount += 1
            offset += 1
            guard headerCount == 4 else { continue }
            headerCount = 0
            remaining = Int(header & 0xff_ffff)
            guard header >> 24 != Self.clientHello || remaining <= Self.maximumClientHello else { return false }
        }
        return true
    }
}
