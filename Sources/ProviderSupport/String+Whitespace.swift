extension String {
    package var withoutSurroundingWhitespace: String {
        // Nearly all texts have none, which is faster to check with bytes than with characters.
        if let first = utf8.first, let last = utf8.last, (0x21...0x7e).contains(first), (0x21...0x7e).contains(last) {
            return self
        }
        return String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The text with visible escapes, such as `\n`, for unprintable characters and white space other than spaces.
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

    /// The escaped text, abridged to its start and its end.
    package var abridged: String {
        guard count > Self.start + Self.end else { return escaped }
        return String(prefix(Self.start)).escaped + "…" + String(suffix(Self.end)).escaped
    }

    /// The number of characters that are kept of a long text.
    private static let (start, end) = (12, 24)
}
