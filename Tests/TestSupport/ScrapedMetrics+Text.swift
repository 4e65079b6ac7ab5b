extension ScrapedMetrics {
    /// Reads Prometheus' text format as far as the webhook uses it: version 0.0.4 without timestamps.
    package init(_ text: String) throws {
        var families: [String: Family] = [:]
        var samples: [Sample] = []
        var help: [String: String] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            if line.hasPrefix("# HELP "), words.count == 4 {
                help[words[2]] = Self.unescaped(words[3])
            } else if line.hasPrefix("# TYPE "), words.count == 4, families[words[2]] == nil {
                families[words[2]] = Family(type: words[3], help: help[words[2]] ?? "")
            } else {
                samples.append(try Self.sample(line))
            }
        }
        guard text.isEmpty || text.hasSuffix("\n") else { throw BadMetrics(line: "the last line has no end") }
        self.init(families: families, samples: samples)
    }

    private static func sample(_ line: Substring) throws -> Sample {
        guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
            throw BadMetrics(line: String(line))
        }
        let series = line[..<space]
        guard let brace = series.firstIndex(of: "{") else {
            return Sample(name: String(series), labels: [:], value: value)
        }
        guard series.last == "}" else { throw BadMetrics(line: String(line)) }
        var labels: [String: String] = [:]
        for match in series[brace...].matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"[,}]/) {
            guard labels.updateValue(unescaped(String(match.2)), forKey: String(match.1)) == nil else {
                throw BadMetrics(line: String(line))
            }
        }
        return Sample(name: String(series[..<brace]), labels: labels, value: value)
    }

    /// Decodes `\\`, `\n` and `\"`.
    private static func unescaped(_ text: String) -> String {
        text.replacing(/\\(.)/) { $0.1 == "n" ? "\n" : String($0.1) }
    }
}

package struct BadMetrics: Error {
    package let line: String
}
