package import JSON

/// The annotations and labels that providers read from pods, whether known or misspelt.
package struct PodKeys: Equatable, Sendable {
    /// The prefixes of keys.
    package private(set) var prefixes: [String]
    /// Whole keys.
    package private(set) var keys: [String]
    /// The prefixes and keys in UTF-8, with the whole keys last.
    private var texts: [[UInt8]]

    package init(prefixes: [String] = [], keys: [String] = []) {
        self.prefixes = prefixes
        self.keys = keys
        texts = (prefixes + keys).map { Array($0.utf8) }
    }

    package mutating func formUnion(_ others: PodKeys) {
        self = PodKeys(
            prefixes: prefixes + others.prefixes.filter { !prefixes.contains($0) },
            keys: keys + others.keys.filter { !keys.contains($0) }
        )
    }

    package func contain(_ key: JSONText) -> Bool {
        for index in texts.indices where key.hasPrefix(texts[index]) {
            if index < prefixes.count || texts[index].count == key.utf8.count { return true }
        }
        return false
    }
}
