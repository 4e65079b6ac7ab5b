internal import CSimdjson
internal import Glibc

/// A borrowed view of a value in a parsed document, which takes two words and copies nothing. It must not outlive the
/// call of `JSONParser.parse` that it comes from.
package struct JSONValue {
    private let value: csj_value

    init(_ value: csj_value) { self.value = value }

    package enum Kind { case null, bool, number, string, array, object }

    package var kind: Kind {
        switch csj_value_type(value) {
        case CSJ_BOOL: .bool
        case CSJ_INT64, CSJ_UINT64, CSJ_DOUBLE: .number
        case CSJ_STRING: .string
        case CSJ_ARRAY: .array
        case CSJ_OBJECT: .object
        default: .null
        }
    }

    package var isNull: Bool { csj_value_type(value) == CSJ_NULL }

    /// The first member of that name; nil if there is none or this is not an object.
    package subscript(key: StaticString) -> JSONValue? {
        find(UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self), key.utf8CodeUnitCount)
    }

    /// The first member of that name; nil if there is none or this is not an object.
    package func member(_ key: String) -> JSONValue? {
        var key = key
        return key.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.flatMap { find($0, chars.count) }
            }
        }
    }

    private func find(_ key: UnsafePointer<CChar>, _ count: Int) -> JSONValue? {
        var result = csj_value()
        return csj_object_find(value, key, count, &result) ? JSONValue(result) : nil
    }

    /// The text of a string, borrowed from the document; nil for a value of another kind.
    package var text: JSONText? {
        var text = csj_string()
        return csj_value_string(value, &text) ? JSONText(text) : nil
    }

    /// A copy of the text of a string; nil for a value of another kind.
    package var string: String? { text?.string }

    package var bool: Bool? {
        var result = false
        return csj_value_bool(value, &result) ? result : nil
    }

    /// The value if it is a whole number in the range of Int64, else nil.
    package var int: Int64? {
        var result: Int64 = 0
        return csj_value_int64(value, &result) ? result : nil
    }

    /// The elements of an array; empty for a value of another kind.
    package var elements: Elements { Elements(value) }

    /// The members of an object, in order; empty for a value of another kind.
    package var members: Members { Members(value) }

    package struct Elements: Sequence, IteratorProtocol {
        private var iterator = csj_iterator()

        fileprivate init(_ array: csj_value) { _ = csj_array_iterate(array, &iterator) }

        package mutating func next() -> JSONValue? {
            var value = csj_value()
            return csj_array_next(&iterator, &value) ? JSONValue(value) : nil
        }
    }

    package struct Members: Sequence, IteratorProtocol {
        private var iterator = csj_iterator()

        fileprivate init(_ object: csj_value) { _ = csj_object_iterate(object, &iterator) }

        package mutating func next() -> (key: JSONText, value: JSONValue)? {
            var key = csj_string()
            var value = csj_value()
            return csj_object_next(&iterator, &key, &value) ? (JSONText(key), JSONValue(value)) : nil
        }
    }
}

/// Unescaped UTF-8 text, borrowed from a parsed document. It must not outlive the `JSONValue` that it comes from.
package struct JSONText {
    package let utf8: UnsafeRawBufferPointer

    fileprivate init(_ text: csj_string) { utf8 = UnsafeRawBufferPointer(start: text.start, count: text.count) }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package var isEmpty: Bool { utf8.isEmpty }

    /// Compares bytes, as Kubernetes does, without Unicode normalisation.
    package static func == (text: JSONText, string: String) -> Bool {
        guard text.utf8.count == string.utf8.count else { return false }
        var string = string
        return string.withUTF8 { text.equals(UnsafeRawBufferPointer($0)) }
    }

    package static func == (text: JSONText, string: StaticString) -> Bool {
        text.equals(UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }

    private func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard utf8.count == other.count else { return false }
        guard let own = utf8.baseAddress, let other = other.baseAddress else { return true }
        return memcmp(own, other, utf8.count) == 0
    }
}
