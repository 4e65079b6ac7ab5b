internal import CSimdjsonDOM
internal import JSON

/// Checks that any bytes are either rejected or read as simdjson's DOM reads them, whatever follows them.
///
/// There are two differences. The DOM does not count the innermost array or object if it is empty; `JSONParser` does, and
/// has the same greatest depth as `JSONTree`. Versions of simdjson differ in whether a byte order mark is skipped;
/// `JSONParser` refuses it, as RFC 8259, section 8.1, allows.
enum JSONFuzz {
    /// Bytes after the document that would change it if they were read as part of it.
    private static let fillers = Array("\"}]\\0e ".utf8)

    static func run(_ bytes: [UInt8]) throws {
        let expected = describeByDOM(bytes)
        let parser = JSONParser()
        let own = try describe(bytes, by: parser)
        guard own == expected else { throw Finding("the DOM: \(text(expected)), but the reader: \(text(own))") }
        for filler in fillers {
            let padded = bytes + [UInt8](repeating: filler, count: JSONParser.padding)
            guard own == (try describe(padded, padding: JSONParser.padding, by: parser)) else {
                throw Finding("the byte \(filler) behind the document matters")
            }
        }
    }

    private static func text(_ description: [UInt8]?) -> String {
        description.map { String(decoding: $0, as: UTF8.self) } ?? "refused"
    }

    /// The description by `csd_describe`; nil if the document must be rejected.
    private static func describeByDOM(_ bytes: [UInt8]) -> [UInt8]? {
        guard !bytes.isEmpty, !bytes.starts(with: [0xef, 0xbb, 0xbf]) else { return nil }
        var count = 0
        var depth = 0
        guard let description = csd_describe(bytes, bytes.count, &count, &depth) else { return nil }
        defer { csd_free(description) }
        guard depth <= JSONParser.maximumDepth else { return nil }
        return Array(UnsafeRawBufferPointer(start: description, count: count))
    }

    private static func describe(_ bytes: [UInt8], padding: Int = 0, by parser: JSONParser) throws -> [UInt8]? {
        try bytes.withUnsafeBytes { buffer in
            let document = UnsafeRawBufferPointer(rebasing: buffer.dropLast(padding))
            do {
                return try parser.parse(document, padded: padding > 0) { root in
                    var result: [UInt8] = []
                    try describe(root, &result)
                    return result
                }
            } catch is JSONError {
                return nil
            }
        }
    }

    /// Appends what `csd_describe` would.
    private static func describe(_ value: JSONValue, _ result: inout [UInt8]) throws {
        switch value.kind {
        case .null: result.append(UInt8(ascii: "n"))
        case .bool: result.append(UInt8(ascii: value.bool == true ? "t" : "f"))
        case .number: result += value.int.map { Array("i\($0);".utf8) } ?? [UInt8(ascii: "#")]
        case .string: describe(value.text, &result)
        case .array:
            result.append(UInt8(ascii: "["))
            for element in value.elements { try describe(element, &result) }
            result.append(UInt8(ascii: "]"))
        case .object:
            try checkMembers(of: value)
            result.append(UInt8(ascii: "{"))
            for (key, value) in value.members {
                describe(key, &result)
                try describe(value, &result)
            }
            result.append(UInt8(ascii: "}"))
        }
        try checkKind(of: value)
    }

    private static func describe(_ text: JSONText?, _ result: inout [UInt8]) {
        guard let text else { return }
        result += Array("s\(text.utf8.count):".utf8)
        result += text.utf8
    }

    /// Looking up a name finds its first member. Only the first few names are looked up, because each takes a pass.
    private static func checkMembers(of object: JSONValue) throws {
        var seen: Set<String> = []
        for (key, value) in object.members.prefix(8) where seen.insert(key.string).inserted {
            guard let found = object.member(key.string) else { throw Finding("no member \(key.string)") }
            var (one, other): ([UInt8], [UInt8]) = ([], [])
            if value.kind != .array, value.kind != .object {
                try describe(value, &one)
                try describe(found, &other)
            }
            guard found.kind == value.kind, one == other else { throw Finding("another member \(key.string)") }
        }
    }

    /// A value has exactly one kind.
    private static func checkKind(of value: JSONValue) throws {
        let kind = value.kind
        guard value.isNull == (kind == .null), (value.bool != nil) == (kind == .bool),
            (value.text != nil) == (kind == .string), value.int == nil || kind == .number,
            kind == .array || !value.elements.contains(where: { _ in true }),
            kind == .object || (!value.members.contains(where: { _ in true }) && value["a"] == nil)
        else { throw Finding("a \(kind) has the properties of another kind") }
    }
}
