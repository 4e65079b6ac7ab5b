/// The references `$(NAME)` to variables in a value (`core/v1` EnvVar). `$$` is a dollar sign that does not start a
/// reference.
struct VariableReferences: Sequence, IteratorProtocol {
    private var rest: Substring.UTF8View

    init(in value: String) { rest = Substring(value).utf8 }

    /// The name in the next reference.
    mutating func next() -> String? {
        while let part = Self.nextPart(&rest) {
            if case .reference(let name) = part { return String(Substring(name)) }
        }
        return nil
    }

    /// The maximum number of references that are followed in a value. Each may have to be searched for among many
    /// variables.
    private static let maximumReferences = 8

    /// Replaces references with values.
    ///
    /// - Parameters:
    ///   - maximum: The maximum length of the result in bytes.
    ///   - value: The value of a variable; nil if it is not known.
    /// - Returns: Nil if a value is not known, the result would be longer, or there are too many references.
    static func expand(_ text: String, to maximum: Int, _ value: (String) -> String?) -> String? {
        var rest = Substring(text).utf8
        var expanded = ""
        var references = 0
        while let part = nextPart(&rest) {
            switch part {
            case .text(let text): expanded += String(Substring(text))
            case .reference(let name):
                references += 1
                guard references <= maximumReferences, let value = value(String(Substring(name))) else { return nil }
                expanded += value
            }
            guard expanded.utf8.count <= maximum else { return nil }
        }
        return expanded
    }

    private enum Part {
        case text(Substring.UTF8View)
        case reference(Substring.UTF8View)
    }

    private static func nextPart(_ rest: inout Substring.UTF8View) -> Part? {
        guard let first = rest.first else { return nil }
        guard first == UInt8(ascii: "$") else {
            let text = rest.prefix { $0 != UInt8(ascii: "$") }
            rest = rest.dropFirst(text.count)
            return .text(text)
        }
        let dollar = rest.prefix(1)
        rest = rest.dropFirst()
        switch rest.first {
        case UInt8(ascii: "$"):
            rest = rest.dropFirst()
            return .text(dollar)
        case UInt8(ascii: "("):
            guard let end = rest.firstIndex(of: UInt8(ascii: ")")) else { return .text(dollar) }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            return .reference(name)
        default: return .text(dollar)
        }
    }
}
