/// Finds a subject `system:serviceaccount:NAMESPACE:NAME` that a pattern matches.
struct SubjectPattern {
    static let prefix = "system:serviceaccount:"

    private static let letters = Array(prefix.unicodeScalars)
    /// The longest subject, in characters: a namespace has at most 63, and a name 253.
    private static let longest = prefix.utf8.count + 63 + 1 + 253

    /// The position of the next character in a subject.
    private enum Position: Hashable {
        case prefix(Int)
        case namespace(isEmpty: Bool)
        case name(isEmpty: Bool)
    }

    private struct State: Hashable {
        var token: Int
        var position: Position
        /// Whether a wildcard has given a character of the namespace.
        var crosses: Bool
    }

    private let tokens: [PolicyPattern.Token]
    private let filler: Unicode.Scalar

    /// - Parameter filler: What wildcards stand for, a lower-case letter.
    init(_ pattern: PolicyPattern, filler: Unicode.Scalar) {
        // Several `*` in a row are the same as one.
        tokens = pattern.tokens.reduce(into: []) { tokens, token in
            if token != .many || tokens.last != .many { tokens.append(token) }
        }
        self.filler = filler
    }

    /// A subject with a character in its namespace that comes from a wildcard, so that the pattern matches other
    /// namespaces too; nil if there is none.
    func acrossNamespaces() -> String? {
        guard tokens.count(where: { $0 != .many }) <= Self.longest else { return nil }
        // Each state is reached only once. `paths` records how: from which state, and with which character.
        var paths: [State: (from: State, scalar: Unicode.Scalar?)] = [:]
        let start = State(token: 0, position: .prefix(0), crosses: false)
        var rest = [start]
        var seen: Set<State> = [start]
        while let state = rest.popLast() {
            if state.token == tokens.count, state.position == .name(isEmpty: false), state.crosses {
                return text(to: state, paths)
            }
            for (next, scalar) in steps(from: state) where seen.insert(next).inserted {
                paths[next] = (state, scalar)
                rest.append(next)
            }
        }
        return nil
    }

    private func text(to end: State, _ paths: [State: (from: State, scalar: Unicode.Scalar?)]) -> String {
        var scalars: [Unicode.Scalar] = []
        var state = end
        while let step = paths[state] {
            if let scalar = step.scalar { scalars.append(scalar) }
            state = step.from
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars.reversed())
        return text
    }

    private func steps(from state: State) -> [(State, Unicode.Scalar?)] {
        guard state.token < tokens.count else { return [] }
        var next = state
        next.token += 1
        switch tokens[state.token] {
        case .variable: return []
        case .literal(let scalar):
            guard let position = advance(state.position, scalar) else { return [] }
            next.position = position
            return [(next, scalar)]
        case .one: return filled(from: state, to: next.token)
        case .many: return [(next, nil)] + filled(from: state, to: state.token)
        }
    }

    /// The steps of a wildcard that stands for one character.
    private func filled(from state: State, to token: Int) -> [(State, Unicode.Scalar?)] {
        candidates(state.position).compactMap { scalar in
            guard let position = advance(state.position, scalar) else { return nil }
            var isInNamespace = false
            if case .namespace = position { isInNamespace = scalar == filler }
            return (State(token: token, position: position, crosses: state.crosses || isInNamespace), scalar)
        }
    }

    private func candidates(_ position: Position) -> [Unicode.Scalar] {
        switch position {
        case .prefix(let index): [Self.letters[index]]
        case .namespace: [filler, ":"]
        case .name: [filler]
        }
    }

    /// Nil if no subject has the character at this position.
    private func advance(_ position: Position, _ scalar: Unicode.Scalar) -> Position? {
        switch position {
        case .prefix(let index):
            guard scalar == Self.letters[index] else { return nil }
            return index + 1 < Self.letters.count ? .prefix(index + 1) : .namespace(isEmpty: true)
        case .namespace(let isEmpty):
            if scalar == ":" { return isEmpty ? nil : .name(isEmpty: true) }
            return Self.isOfName(scalar) && scalar != "." ? .namespace(isEmpty: false) : nil
        case .name: return Self.isOfName(scalar) ? .name(isEmpty: false) : nil
        }
    }

    /// Whether names in Kubernetes may contain the character (RFC 1123, in lower case).
    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-", ".": true
        default: false
        }
    }
}
