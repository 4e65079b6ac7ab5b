/// The form that a text must have: literal text with wildcards. `{*}` stands for one or more bytes without a slash,
/// `{**}` for one or more bytes, and `{name*}` or `{name**}` for the same with a name. A shape has at most one named
/// wildcard.
struct Shape: Equatable, Sendable {
    enum Token: Equatable, Sendable {
        case literal([UInt8])
        case piece(crossesSlashes: Bool, isNamed: Bool)
    }

    /// In bytes of UTF-8.
    static let maximumBytes = 256
    static let maximumPieces = 16

    let text: String
    let tokens: [Token]

    var hasName: Bool {
        tokens.contains { if case .piece(_, isNamed: true) = $0 { true } else { false } }
    }

    /// - Throws: The reason why this is not a shape.
    init(parsing text: String) throws(ShapeError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw ShapeError(reason: "a shape has at most \(Self.maximumBytes) bytes")
        }
        self.text = text
        var tokens: [Token] = []
        var rest = Array(text.utf8)[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "{")) {
            if start > rest.startIndex { tokens.append(.literal(Array(rest[..<start]))) }
            guard let end = rest[start...].firstIndex(of: UInt8(ascii: "}")) else {
                throw ShapeError(reason: "a piece of the shape has no closing brace")
            }
            let piece = try Self.piece(rest[(start + 1)..<end])
            if case .piece = tokens.last { throw ShapeError(reason: "two pieces of a shape need a text between them") }
            tokens.append(piece)
            rest = rest[(end + 1)...]
        }
        if !rest.isEmpty { tokens.append(.literal(Array(rest))) }
        self.tokens = tokens
        let pieces = tokens.count { if case .piece = $0 { true } else { false } }
        guard pieces > 0 else { throw ShapeError(reason: "a shape needs a piece such as {*}") }
        guard pieces <= Self.maximumPieces else {
            throw ShapeError(reason: "a shape has at most \(Self.maximumPieces) pieces")
        }
        let named = tokens.count { if case .piece(_, isNamed: true) = $0 { true } else { false } }
        guard named <= 1 else { throw ShapeError(reason: "only one piece of a shape may have a name") }
    }

    private static func piece(_ text: ArraySlice<UInt8>) throws(ShapeError) -> Token {
        let name = text.prefix { $0 != UInt8(ascii: "*") }
        let stars = text[name.endIndex...]
        guard stars.count == 1 || stars.count == 2, stars.allSatisfy({ $0 == UInt8(ascii: "*") }) else {
            throw ShapeError(
                reason: "a piece is {*}, {**}, {name*} or {name**}, not {\(String(decoding: text, as: UTF8.self))}"
            )
        }
        guard name.isEmpty || Names.isIdentifier(String(decoding: name, as: UTF8.self)) else {
            throw ShapeError(reason: "the name of a piece has letters and digits only")
        }
        return .piece(crossesSlashes: stars.count == 2, isNamed: !name.isEmpty)
    }
}

struct ShapeError: Error, Equatable {
    let reason: String
}

extension Shape {
    /// The match of a shape in a text: that of its named wildcard if it has one, otherwise all of the text. If a text
    /// can be divided in several ways, each wildcard is as short as possible, starting with the first one.
    ///
    /// The time is bounded by the product of the lengths of the text and the shape.
    ///
    /// - Returns: Nil if the text does not have the shape.
    func match(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let endings = endings(in: bytes)
        guard endings[0][0] else { return nil }
        guard hasName else { return text }
        var position = 0
        for (index, token) in tokens.enumerated() {
            switch token {
            case .literal(let literal): position += literal.count
            case .piece(_, let isNamed):
                guard let end = (position + 1...bytes.count).first(where: { endings[index + 1][$0] }) else {
                    return nil
                }
                if isNamed { return String(decoding: bytes[position..<end], as: UTF8.self) }
                position = end
            }
        }
        return nil
    }

    /// For each token, and after the last one, the positions from which the rest of the text matches the rest of the
    /// shape.
    private func endings(in text: [UInt8]) -> [[Bool]] {
        var row = Array(repeating: false, count: text.count + 1)
        row[text.count] = true
        var rows = [row]
        for token in tokens.reversed() {
            let next = row
            row = Array(repeating: false, count: text.count + 1)
            switch token {
            case .literal(let literal):
                for start in 0...text.count where start + literal.count <= text.count && next[start + literal.count] {
                    row[start] = text[start..<(start + literal.count)].elementsEqual(literal)
                }
            case .piece(let crossesSlashes, _):
                for start in text.indices.reversed() where crossesSlashes || text[start] != UInt8(ascii: "/") {
                    row[start] = next[start + 1] || row[start + 1]
                }
            }
            rows.append(row)
        }
        return rows.reversed()
    }
}
