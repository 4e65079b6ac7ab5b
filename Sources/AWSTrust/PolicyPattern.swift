/// A text in a policy that is compared with others: characters, wildcards and variables.
struct PolicyPattern: Equatable {
    enum Token: Equatable {
        case literal(Unicode.Scalar)
        /// `?`: any one character.
        case one
        /// `*`: any characters, or none.
        case many
        /// `${…}`, whose value is not known here.
        case variable
    }

    private(set) var tokens: [Token] = []

    /// - Parameters:
    ///   - hasWildcards: Whether `*` and `?` stand for others.
    ///   - hasVariables: Whether `${…}` is a variable, and `${*}`, `${?}` and `${$}` are the characters themselves (IAM
    ///     User Guide, "Policy variables").
    init(_ text: String, hasWildcards: Bool, hasVariables: Bool) {
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            if hasVariables, scalar == "$", rest.first == "{", let end = rest.firstIndex(of: "}") {
                let name = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
                let isEscape = name.count == 1 && name.allSatisfy { ["*", "?", "$"].contains($0) }
                tokens.append(isEscape ? name.first.map(Token.literal) ?? .variable : .variable)
            } else if hasWildcards, scalar == "*" {
                tokens.append(.many)
            } else if hasWildcards, scalar == "?" {
                tokens.append(.one)
            } else {
                tokens.append(.literal(scalar))
            }
        }
    }

    var hasWildcards: Bool { tokens.contains { $0 == .one || $0 == .many } }

    func matches(_ text: String) -> Truth {
        guard canMatch(Array(text.unicodeScalars)) else { return .no }
        return tokens.contains(.variable) ? .unknown : .yes
    }

    /// Whether it matches for some values of its variables. The time is bounded by the product of both lengths: after a
    /// mismatch, only the last `*` takes one more character.
    private func canMatch(_ text: [Unicode.Scalar]) -> Bool {
        var (position, index) = (0, 0)
        var retry: (position: Int, index: Int)?
        while index < text.count {
            let token = position < tokens.count ? tokens[position] : nil
            if token == .many || token == .variable {
                retry = (position, index)
                position += 1
            } else if token == .one || token == .literal(text[index]) {
                (position, index) = (position + 1, index + 1)
            } else if let last = retry {
                retry = (last.position, last.index + 1)
                (position, index) = (last.position + 1, last.index + 1)
            } else {
                return false
            }
        }
        return tokens[position...].allSatisfy { $0 == .many || $0 == .variable }
    }
}
