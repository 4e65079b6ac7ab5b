/// Finds the word that a misspelt one was probably meant to be.
package enum Spelling {
    /// Only this many bytes of longer words are compared.
    private static let longestWord = 64

    /// The known word that is closest to a word; nil if none is close: about every third letter may be wrong.
    package static func suggestion(for word: String, among known: [String]) -> String? {
        let text = Array(word.lowercased().utf8.prefix(longestWord))
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(text, Array(candidate.lowercased().utf8.prefix(longestWord)))
            if distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        guard let best, best.distance <= (text.count + 1) / 3 else { return nil }
        return best.word
    }

    /// The warning about an annotation that nothing reads.
    ///
    /// - Parameters:
    ///   - prefix: The prefix of the key, which says nothing about the intended key.
    ///   - known: The keys that are read.
    package static func unknownAnnotation(_ key: String, prefix: String, known: some Sequence<String>) -> String {
        let names = known.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
        let advice = suggestion(for: String(key.dropFirst(prefix.count)), among: names)
        return "unknown annotation \(key) ignored\(advice.map { "; did you mean \(prefix)\($0)?" } ?? "")"
    }

    /// The number of bytes that must be added, removed, changed, or swapped with their neighbour (the "optimal string
    /// alignment" distance).
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var (last, row) = ([Int](), Array(0...other.count))
        for (index, byte) in one.enumerated() {
            var next = [index + 1]
            for (column, otherByte) in other.enumerated() {
                var least = min(row[column] + (byte == otherByte ? 0 : 1), row[column + 1] + 1, next[column] + 1)
                if index > 0, column > 0, byte == other[column - 1], one[index - 1] == otherByte {
                    least = min(least, last[column - 1] + 1)
                }
                next.append(least)
            }
            (last, row) = (row, next)
        }
        return row[other.count]
    }
}
