/// Unescaped UTF-8 text, borrowed from a parsed document. It must not outlive the `JSONValue` that it comes from.
@usableFromInline
package struct JSONText {
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let count: Int

    @inlinable
    init(_ start: UnsafeRawPointer, count: Int) {
        self.start = start
        self.count = count
    }

    @inlinable package var utf8: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    @inlinable package var isEmpty: Bool { count == 0 }

    /// Compares bytes, as Kubernetes does, without Unicode normalisation.
    package static func == (text: JSONText, string: String) -> Bool {
        guard text.count == string.utf8.count else { return false }
        var string = string
        return string.withUTF8 { utf8 in
            guard let other = utf8.baseAddress else { return true }
            return areEqual(text.start, UnsafeRawPointer(other), count: utf8.count)
        }
    }

    @inlinable
    package static func == (text: JSONText, string: StaticString) -> Bool {
        text.count == string.utf8CodeUnitCount
            && areEqual(text.start, UnsafeRawPointer(string.utf8Start), count: text.count)
    }

    /// Compares this many bytes, eight or four at a time: names of fields are too short for a call of `memcmp` to pay
    /// off.
    @usableFromInline
    static func areEqual(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, count: Int) -> Bool {
        func isEqual<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, _: Word.Type) -> Bool {
            one.loadUnaligned(fromByteOffset: offset, as: Word.self)
                == other.loadUnaligned(fromByteOffset: offset, as: Word.self)
        }
        guard count >= 8 else {
            // The two words may overlap.
            if count >= 4 { return isEqual(at: 0, UInt32.self) && isEqual(at: count &- 4, UInt32.self) }
            for offset in 0..<count where !isEqual(at: offset, UInt8.self) { return false }
            return true
        }
        var offset = 0
        while offset &+ 8 < count {
            if !isEqual(at: offset, UInt64.self) { return false }
            offset &+= 8
        }
        return isEqual(at: count &- 8, UInt64.self)
    }
}
