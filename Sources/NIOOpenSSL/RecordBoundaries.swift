/// Where the records in received ciphertext end, by their headers: type, version and length, the same in all versions of
/// TLS (RFC 8446, section 5.1).
struct RecordBoundaries {
    static let changeCipherSpecType: UInt8 = 20
    /// Of a record in the clear or of TLS 1.2; in TLS 1.3 all that is encrypted calls itself application data.
    static let handshakeType: UInt8 = 22

    private static let headerLength = 5

    /// Bytes of the record that have been taken.
    private var position = 0
    private var header: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    private var isFirst = true

    /// All of a record has been taken, and `next` has not been called since.
    private(set) var isAtEnd = false

    /// A part of a record has been taken.
    var isWithin: Bool { position > 0 }

    /// What comes next is content, not the header.
    var isInContent: Bool { position >= Self.headerLength }

    var type: UInt8 { header.0 }

    /// How many more bytes belong to the record, or for sure to its header.
    var rest: Int { isAtEnd ? 0 : (position < Self.headerLength ? Self.headerLength : length) - position }

    private var length: Int {
        // The ClientHello of SSL 2.0, which OpenSSL takes for the first record: its two bytes of length count what
        // follows them.
        if isFirst, header.0 & 0x80 != 0, header.2 == 1 {
            return max(Int(header.0 & 0x7f) << 8 + Int(header.1) + 2, Self.headerLength)
        }
        return Self.headerLength + Int(header.3) << 8 + Int(header.4)
    }

    /// Goes on to the next record if this one is at its end.
    mutating func next() {
        if isAtEnd { isFirst = false }
        isAtEnd = false
    }

    /// - Parameter bytes: no more than `rest`.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
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
