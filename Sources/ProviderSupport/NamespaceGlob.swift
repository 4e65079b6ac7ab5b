/// A pattern for the names of namespaces, in which `*` stands for any text and `?` for one character.
package struct NamespaceGlob: Hashable, Sendable {
    package let text: String
    private let pattern: [UInt8]

    private static let asterisk = UInt8(ascii: "*")
    private static let questionMark = UInt8(ascii: "?")

    package init(_ text: String) {
        self.text = text
        pattern = Array(text.utf8)
    }

    /// Whether the pattern has no wildcard, so that it matches one name only.
    package var isLiteral: Bool { !pattern.contains(where: Self.isWildcard) }

    /// Orders patterns by the length of the literal text before their first wildcard, then by the length of all literal
    /// text, the longest first. Ties are ordered alphabetically.
    package static func isMoreSpecific(_ one: NamespaceGlob, _ other: NamespaceGlob) -> Bool {
        let (first, second) = (one.literalCounts, other.literalCounts)
        if first.prefix != second.prefix { return first.prefix > second.prefix }
        if first.total != second.total { return first.total > second.total }
        return one.text < other.text
    }

    private var literalCounts: (prefix: Int, total: Int) {
        (pattern.prefix { !Self.isWildcard($0) }.count, pattern.count { !Self.isWildcard($0) })
    }

    private static func isWildcard(_ byte: UInt8) -> Bool { byte == asterisk || byte == questionMark }

    package func matches(_ namespace: String) -> Bool {
        let name = Array(namespace.utf8)
        var (place, index) = (0, 0)
        // Where to continue after a mismatch: the last asterisk then matches one more byte.
        var retry: (place: Int, index: Int)?
        while index < name.count {
            if place < pattern.count, pattern[place] == Self.asterisk {
                retry = (place, index)
                place += 1
            } else if place < pattern.count, pattern[place] == Self.questionMark || pattern[place] == name[index] {
                place += 1
                index += 1
            } else if let last = retry {
                retry = (last.place, last.index + 1)
                (place, index) = (last.place + 1, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == Self.asterisk }
    }
}
