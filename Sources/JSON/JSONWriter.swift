/// Writes compact JSON into a byte array. It places the commas; the caller ensures that keys and values alternate.
package struct JSONWriter {
    @usableFromInline
    package internal(set) var bytes: [UInt8] = []
    @usableFromInline
    var needsComma = false

    @inlinable
    package init(reservingCapacity capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func reserveCapacity(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    @inlinable
    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        comma()
        append("{")
        needsComma = false
        members(&self)
        append("}")
        needsComma = true
    }

    @inlinable
    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        comma()
        append("[")
        needsComma = false
        elements(&self)
        append("]")
        needsComma = true
    }

    /// - Parameter name: A name that needs no escapes.
    package mutating func key(_ name: StaticString) {
        let (start, count): (Int, Int) = (needsComma ? 2 : 1, name.utf8CodeUnitCount)
        append(count: start + count + 2) { output in
            output[0] = UInt8(ascii: ",")
            output[start - 1] = UInt8(ascii: "\"")
            output[start...].copyBytes(from: UnsafeRawBufferPointer(start: name.utf8Start, count: count))
            output[start + count] = UInt8(ascii: "\"")
            output[start + count + 1] = UInt8(ascii: ":")
        }
        needsComma = false
    }

    package mutating func key(escaping name: String) {
        string(name)
        append(":")
        needsComma = false
    }

    package mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter value: A text in UTF-8.
    mutating func string(utf8 value: UnsafeRawBufferPointer) {
        bytes.reserveFree(value.count + 3)
        comma()
        append("\"")
        escape(value)
        append("\"")
        needsComma = true
    }

    package mutating func int(_ value: some FixedWidthInteger) { raw(String(value).utf8) }

    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    package mutating func null() { raw("null") }

    /// Writes a value that is already JSON.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a value that is already JSON.
    @inlinable
    package mutating func raw(_ json: [UInt8]) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a value, or several members or elements, that are already JSON.
    @inlinable
    package mutating func raw(_ json: StaticString) {
        comma()
        append(static: json)
        needsComma = true
    }

    @inlinable
    package mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
        key(name)
        int(value)
    }

    package mutating func member(escaping name: String, _ value: String) {
        key(escaping: name)
        string(value)
    }

    /// Writes `data` as a string in base64.
    package mutating func base64(_ data: [UInt8]) {
        comma()
        append("\"")
        Base64.encode(data, into: &bytes)
        append("\"")
        needsComma = true
    }

    @inlinable
    mutating func comma() {
        if needsComma { append(",") }
    }

    @inlinable
    mutating func append(_ ascii: Unicode.Scalar) { bytes.append(UInt8(truncatingIfNeeded: ascii.value)) }

    // MARK: For callers that place the commas themselves

    @inlinable
    mutating func append(static text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(contentsOf json: ArraySlice<UInt8>) { bytes.append(contentsOf: json) }

    /// Appends this many bytes, all of which `write` must set.
    mutating func append(count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        bytes.reserveFree(count)
        bytes.append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { memory, written in
                precondition(memory.count >= count, "the array has room for what it was asked for")
                write(UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: count))
                written = count
            }
        }
    }

    /// Writes a string.
    mutating func append(string utf8: UnsafeRawBufferPointer) {
        needsComma = false
        string(utf8: utf8)
    }

    /// Allows a value to follow without a comma.
    @inlinable
    mutating func beginValue() { needsComma = false }

    mutating func replaceLast(with ascii: Unicode.Scalar) {
        bytes[bytes.count - 1] = UInt8(truncatingIfNeeded: ascii.value)
    }
}

extension [UInt8] {
    /// Makes room for this many more bytes, and for as many again, so that many small pieces do not each move
    /// everything.
    fileprivate mutating func reserveFree(_ more: Int) {
        if capacity - count < more { reserveCapacity(Swift.max(count + more, count * 2)) }
    }
}
