/// Finds what a misspelt word may have meant.
enum Spelling {
    /// Longer words are compared by their start only.
    private static let longestWord = 64

    /// The known word that is next to a word; nil if none is near.
    static func suggestion(for word: String, among known: [String]) -> String? {
        let text = Array(word.lowercased().utf8.prefix(longestWord))
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(text, Array(candidate.lowercased().utf8.prefix(longestWord)))
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        guard let best, best.distance <= (text.count + 2) / 3 else { return nil }
        return best.word
    }

    /// How many bytes have to be added, removed or changed (V. Levenshtein, 1965).
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, otherByte) in other.enumerated() {
                let substitution = diagonal + (byte == otherByte ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
