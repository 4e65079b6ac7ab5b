/// A borrowed view of a value in a parsed document, which takes two words and copies nothing. It must not outlive the
/// call of `JSONParser.parse` that it comes from.
@usableFromInline
package struct JSONValue {
    @usableFromInline let document: UnsafePointer<JSONDocument>
    @usableFromInline let record: UnsafePointer<JSONDocument.Record>

    @inlinable
    init(_ document: UnsafePointer<JSONDocument>, _ record: UnsafePointer<JSONDocument.Record>) {
        self.document = document
        self.record = record
    }

    package enum Kind { case null, bool, number, string, array, object }

    package var kind: Kind {
        if record.pointee.isObject { return .object }
        if record.pointee.isArray { return .array }
        return switch firstByte {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The first byte of the value in the document, which shows its kind.
    @inlinable var firstByte: UInt8 { document.pointee.text[Int(truncatingIfNeeded: record.pointee.position)] }

    @inlinable package var isNull: Bool { firstByte == UInt8(ascii: "n") }

    /// The first member with this name; nil if there is none or this is not an object.
    @inlinable
    package subscript(key: StaticString) -> JSONValue? {
        find(UnsafeRawPointer(key.utf8Start), count: key.utf8CodeUnitCount)
    }

    /// The first member with this name; nil if there is none or this is not an object.
    package func member(_ key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { utf8 in
            utf8.baseAddress.flatMap { find(UnsafeRawPointer($0), count: utf8.count) }
        }
    }

    @usableFromInline
    func find(_ key: UnsafeRawPointer, count: Int) -> JSONValue? {
        guard record.pointee.isObject else { return nil }
        let document = self.document.pointee
        let end = document.records + record.pointee.target
        var name = record + 1
        while name < end {
            // A name without escapes has the length of its key plus one as its link, and no tag.
            if Int(truncatingIfNeeded: name.pointee.link) == count &+ 1 || name.pointee.hasEscapes {
                let text = document.text(of: name.pointee)
                if text.count == count, JSONText.areEqual(text.start, key, count: count) {
                    return JSONValue(self.document, name + 1)
                }
            }
            name = document.record(behind: name + 1)
        }
        return nil
    }

    /// The text of a string, borrowed from the document; nil for a value of another kind.
    @inlinable package var text: JSONText? {
        firstByte == UInt8(ascii: "\"") ? document.pointee.text(of: record.pointee) : nil
    }

    /// A copy of the text of a string; nil for a value of another kind.
    package var string: String? { text?.string }

    package var bool: Bool? {
        switch firstByte {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The value if it is a whole number in the range of Int64, written without a fraction and an exponent; otherwise
    /// nil.
    package var int: Int64? {
        guard kind == .number else { return nil }
        let start = document.pointee.text + Int(truncatingIfNeeded: record.pointee.position)
        let isNegative = start.pointee == UInt8(ascii: "-")
        var result: Int64 = 0
        for byte in UnsafeBufferPointer(start: start, count: record.pointee.target).dropFirst(isNegative ? 1 : 0) {
            // The digits of a negative number are subtracted, because Int64.min has no positive counterpart.
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (tenfold, isTooLarge) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflows) =
                isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
            if isTooLarge || overflows { return nil }
            result = sum
        }
        return result
    }

    /// The elements of an array; empty for a value of another kind.
    @inlinable package var elements: Elements { Elements(self, areThere: record.pointee.isArray) }

    /// The members of an object, in order; empty for a value of another kind.
    @inlinable package var members: Members { Members(self, areThere: record.pointee.isObject) }

    @usableFromInline
    package struct Elements: Sequence, IteratorProtocol {
        @usableFromInline let document: UnsafePointer<JSONDocument>
        @usableFromInline var current: UnsafePointer<JSONDocument.Record>
        @usableFromInline let end: UnsafePointer<JSONDocument.Record>

        @inlinable
        init(_ array: JSONValue, areThere: Bool) {
            document = array.document
            current = array.record + 1
            end = areThere ? document.pointee.record(behind: array.record) : current
        }

        @inlinable
        package mutating func next() -> JSONValue? {
            guard current < end else { return nil }
            let value = JSONValue(document, current)
            current = document.pointee.record(behind: current)
            return value
        }
    }

    @usableFromInline
    package struct Members: Sequence, IteratorProtocol {
        @usableFromInline let document: UnsafePointer<JSONDocument>
        @usableFromInline var current: UnsafePointer<JSONDocument.Record>
        @usableFromInline let end: UnsafePointer<JSONDocument.Record>

        @inlinable
        init(_ object: JSONValue, areThere: Bool) {
            document = object.document
            current = object.record + 1
            end = areThere ? document.pointee.record(behind: object.record) : current
        }

        @inlinable
        package mutating func next() -> (key: JSONText, value: JSONValue)? {
            guard current < end else { return nil }
            let (name, value) = (current, current + 1)
            current = document.pointee.record(behind: value)
            return (document.pointee.text(of: name.pointee), JSONValue(document, value))
        }
    }
}
