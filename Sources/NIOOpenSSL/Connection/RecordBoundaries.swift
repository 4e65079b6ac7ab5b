/// Finds the ends of the records in received ciphertext by their headers, which consist of type, version and length in
/// all versions of TLS (RFC 8446, section 5.1).
struct RecordBoundaries {
    static let changeCipherSpecType: UInt8 = 20
    /// The type of handshake records in the clear or of TLS 1.2. In TLS 1.3 every encrypted record has the type of
    /// application data.
    static let handshakeType: UInt8 = 22

    private static let headerLength = 5

    /// How many bytes of the record have been consumed.
    private var position = 0
    private var header: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    private var isFirst = true

    /// Whether all of a record has been consumed and `advance` has not been called since.
    private(set) var isAtEnd = false

    /// Whether a part of a record has been consumed.
    var isWithinRecord: Bool { position > 0 }

    /// Whether the next byte is content and not part of a header.
    var isInContent: Bool { position >= Self.headerLength }

    var type: UInt8 { header.0 }

    /// How many more bytes certainly belong to the record: the rest of its header if that is not complete.
    var remaining: Int { isAtEnd ? 0 : (position < Self.headerLength ? Self.headerLength : length) - position }

    private var length: Int {
        // OpenSSL accepts a ClientHello of SSL 2.0 as the first record; its two bytes of length count what follows
        // them.
        if isFirst, header.0 & 0x80 != 0, header.2 == 1 {
            return max(Int(header.0 & 0x7f) << 8 + Int(header.1) + 2, Self.headerLength)
        }
        return Self.headerLength + Int(header.3) << 8 + Int(header.4)
    }

    /// Goes on to the next record if this one is at its end.
    mutating func advance() {
        if isAtEnd { isFirst = false }
        isAtEnd = false
    }

    /// - Parameter bytes: At most `remaining` bytes.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) {
        if position < Self.headerLength {
            withUnsafeMutableBytes(of: &header) { header in
                for (offset, byte) in bytes.enumerated() { header[position + offset] = byte }
            }
        }
        position += bytes.count
        guard position >= Self.headerLength, position >= length else { return }
        position = 0
        isAtEnd = true
    }
}
