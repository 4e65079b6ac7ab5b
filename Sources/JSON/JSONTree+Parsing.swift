extension JSONTree {
    /// Parses one JSON document (RFC 8259).
    ///
    /// - Throws: `JSONError.malformedLine`.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        var reader = Reader(bytes: Array(bytes))
        self = try reader.document()
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func document() throws(JSONError) -> JSONTree {
            guard String(validating: bytes, as: UTF8.self) != nil else { throw error("the text is not UTF-8") }
            let tree = try value(depth: 0)
            skipSpace()
            guard position == bytes.count else { throw error("something follows the end of the document") }
            return tree
        }

        private mutating func value(depth: Int) throws(JSONError) -> JSONTree {
            skipSpace()
            switch peek() {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return .literal(try number())
            case nil: throw error("the document ends in the middle")
            default:
                for word in ["null", "true", "false"] where bytes[position...].starts(with: word.utf8) {
                    position += word.utf8.count
                    return .literal(word)
                }
                throw error("no JSON value starts with '\(found)'")
            }
        }

        private mutating func object(depth: Int) throws(JSONError) -> JSONTree {
            var members: [Member] = []
            try open(depth: depth)
            skipSpace()
            if take("}") { return .object([]) }
            repeat {
                skipSpace()
                guard peek() == UInt8(ascii: "\"") else { throw error("a member's name is expected, not '\(found)'") }
                let key = try string()
                skipSpace()
                guard take(":") else { throw error("':' is expected after the name \(key.lexeme), not '\(found)'") }
                members.append(Member(key: key, value: try value(depth: depth + 1)))
                skipSpace()
            } while take(",")
            guard take("}") else { throw error("',' or '}' is expected, not '\(found)'") }
            return .object(members)
        }

        private mutating func array(depth: Int) throws(JSONError) -> JSONTree {
            var elements: [JSONTree] = []
            try open(depth: depth)
            skipSpace()
            if take("]") { return .array([]) }
            repeat {
                elements.append(try value(depth: depth + 1))
                skipSpace()
            } while take(",")
            guard take("]") else { throw error("',' or ']' is expected, not '\(found)'") }
            return .array(elements)
        }

        private mutating func open(depth: Int) throws(JSONError) {
            guard depth < JSONParser.maximumDepth else { throw error("nested deeper than \(JSONParser.maximumDepth)") }
            position += 1
        }

        private mutating func string() throws(JSONError) -> JSONString {
            let start = position
            position += 1
            while let byte = peek(), byte != UInt8(ascii: "\"") {
                guard byte >= 0x20 else { throw error("a control character in a string must be escaped") }
                position += 1
                if byte == UInt8(ascii: "\\") { try escape() }
            }
            guard take("\"") else { throw error("a string does not end") }
            return JSONString(lexeme: text(from: start))
        }

        private mutating func escape() throws(JSONError) {
            guard let byte = peek(), "\"\\/bfnrtu".utf8.contains(byte) else {
                throw error("'\\\(found)' is not an escape in JSON")
            }
            position += 1
            guard byte == UInt8(ascii: "u") else { return }
            let digits = bytes[position...].prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                throw error("'\\u' needs four hexadecimal digits")
            }
            position += 4
        }

        private mutating func number() throws(JSONError) -> String {
            let start = position
            _ = take("-")
            if !take("0") { try digits() }
            if take(".") { try digits() }
            if take("e") || take("E") {
                if !take("+") { _ = take("-") }
                try digits()
            }
            return text(from: start)
        }

        private mutating func digits() throws(JSONError) {
            let start = position
            while let byte = peek(), Self.isDigit(byte) { position += 1 }
            guard position > start else { throw error("a digit is expected in a number, not '\(found)'") }
        }

        private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }

        private mutating func skipSpace() {
            while let byte = peek(), byte.isSpace { position += 1 }
        }

        private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard let byte = peek(), UInt32(byte) == scalar.value else { return false }
            position += 1
            return true
        }

        private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

        private var found: String {
            guard position < bytes.count else { return "the end" }
            return String(String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1))
        }

        private func error(_ reason: String) -> JSONError {
            let line = 1 + bytes.prefix(position).count { $0 == UInt8(ascii: "\n") }
            return .malformedLine(line, reason)
        }
    }
}

extension UInt8 {
    /// Whether this is a space, a tab, a line feed or a carriage return, the white space of JSON (RFC 8259, section 2).
    package var isSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}
