/// A pattern for the names of namespaces: `*` stands for any text, `?` for one character.
package struct NamespaceGlob: Hashable, Sendable {
    package let text: String
    private let pattern: [UInt8]

    private static let star = UInt8(ascii: "*")
    private static let mark = UInt8(ascii: "?")

    package init(_ text: String) {
        self.text = text
        pattern = Array(text.utf8)
    }

    /// Whether it stands for one namespace alone.
    package var isLiteral: Bool { !pattern.contains { $0 == Self.star || $0 == Self.mark } }

    /// The more a pattern says, the earlier it is asked: first by the text in front of its first wildcard, then by all of
    /// its text; the alphabet makes the order of the rest certain.
    package static func isMoreSpecific(_ one: NamespaceGlob, _ other: NamespaceGlob) -> Bool {
        let (first, second) = (one.literalCounts, other.literalCounts)
        if first.prefix != second.prefix { return first.prefix > second.prefix }
        if first.total != second.total { return first.total > second.total }
        return one.text < other.text
    }

    private var literalCounts: (prefix: Int, total: Int) {
        let isWildcard = { (byte: UInt8) in byte == Self.star || byte == Self.mark }
        return (pattern.prefix { !isWildcard($0) }.count, pattern.filter { !isWildcard($0) }.count)
    }

    package func matches(_ namespace: String) -> Bool {
        let name = Array(namespace.utf8)
        var (place, index) = (0, 0)
        // Where to go on if the rest does not fit: the last star takes one more byte.
        var retry: (place: Int, index: Int)?
        while index < name.count {
            if place < pattern.count, pattern[place] == Self.star {
                retry = (place, index)
                place += 1
            } else if place < pattern.count, pattern[place] == Self.mark || pattern[place] == name[index] {
                place += 1
                index += 1
            } else if let last = retry {
                retry = (last.place, last.index + 1)
                (place, index) = (last.place + 1, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == Self.star }
    }
}
