extension String {
    package var withoutSurroundingWhitespace: String {
        // Nearly all texts have none, which bytes tell faster than characters.
        if let first = utf8.first, let last = utf8.last, (0x21...0x7e).contains(first), (0x21...0x7e).contains(last) {
            return self
        }
        return String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The text with white space other than spaces, and whatever cannot be printed, as escapes that can be seen, such as
    /// `\n`.
    package var escaped: String {
        unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case _ where scalar.properties.isWhitespace && scalar != " ": scalar.escaped(asASCII: true)
            default: String(scalar)
            }
        }.joined()
    }

    /// The text with escapes, of which no more is left than its start and its end.
    package var abridged: String {
        guard count > Self.start + Self.end else { return escaped }
        return String(prefix(Self.start)).escaped + "…" + String(suffix(Self.end)).escaped
    }

    /// How many characters of a long text are left.
    private static let (start, end) = (12, 24)
}
