package import JSON

extension JSONValue {
    /// The member that Go's `encoding/json` stores in a field with this name: the case of ASCII letters does not
    /// matter, the last one counts, and null is skipped.
    package func goField(_ name: StaticString) -> JSONValue? {
        let name = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var found: JSONValue?
        for (key, value) in members where !value.isNull {
            guard key.utf8.count == name.count else { continue }
            if zip(key.utf8, name).allSatisfy({ Self.folded($0) == Self.folded($1) }) { found = value }
        }
        return found
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
