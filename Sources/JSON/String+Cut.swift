extension String {
    /// The text, cut to a length in bytes of UTF-8 if it is longer. A text that is cut ends in "…", which counts too,
    /// and no code point is split.
    ///
    /// - Parameter bytes: At least 3, the length of "…".
    package func cut(to bytes: Int) -> String {
        // The length of a native string is known, so a short one costs nothing.
        guard utf8.count > bytes else { return self }
        var copy = self
        return copy.withUTF8 { String(UnsafeRawBufferPointer($0), cutTo: bytes) }
    }

    /// Decodes UTF-8 and cuts it as `cut(to:)` does, without copying what is cut off.
    init(_ utf8: UnsafeRawBufferPointer, cutTo bytes: Int) {
        guard utf8.count > bytes else {
            self.init(decoding: utf8, as: UTF8.self)
            return
        }
        var end = bytes - "…".utf8.count
        // Bytes with these bits continue a character (RFC 3629, section 3).
        while end > 0, utf8[end] & 0b1100_0000 == 0b1000_0000 { end -= 1 }
        self.init(decoding: utf8[..<end], as: UTF8.self)
        append("…")
    }
}

extension JSONText {
    /// A copy of the text, cut as `String.cut(to:)` does.
    package func string(cutTo bytes: Int) -> String { String(utf8, cutTo: bytes) }
}
