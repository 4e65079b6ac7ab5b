/// Writes metrics in one of the two formats, which differ in a few details: OpenMetrics uses the names of counters
/// without `_total` except in samples, a different word for metrics without a type, an end marker, and escaped
/// quotation marks in help texts.
struct TextWriter {
    private let format: ExpositionFormat
    private var bytes: [UInt8] = []

    init(_ format: ExpositionFormat = .text) { self.format = format }

    /// The complete output, with its end marker.
    var finished: [UInt8] { format == .openMetrics ? bytes + Array("# EOF\n".utf8) : bytes }

    /// Writes a metric. Even one without series gets its HELP and TYPE lines.
    mutating func write(_ family: PrometheusRegistry.Family) {
        let name = family.definition.name
        writeHead(family.definition)
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            switch series.series {
            case .counter(let counter): sample(sampleName(ofCounter: name), labels, Self.number(counter.value))
            case .gauge(let gauge): if let value = gauge.value { sample(name, labels, Self.number(value)) }
            case .histogram(let histogram): write(histogram, name, labels)
            }
        }
    }

    /// Writes the counts of a counter under another name, added up by the labels of the alias.
    ///
    /// - Parameter family: The counter; nil if there is none.
    mutating func write(_ alias: MetricDefinition, aliasOf family: PrometheusRegistry.Family?) {
        writeHead(alias)
        var sums: [String: Double] = [:]
        for (_, series) in family?.series ?? [:] {
            guard case .counter(let counter) = series.series else { continue }
            let labels = series.labels.filter { alias.labels.contains($0.0) }
            sums[Self.text(of: labels), default: 0] += counter.value
        }
        for (labels, sum) in sums.sorted(by: { $0.key < $1.key }) { sample(alias.name, labels, Self.number(sum)) }
    }

    private mutating func writeHead(_ definition: MetricDefinition) {
        let name = familyName(definition)
        if !definition.help.isEmpty {
            line("# HELP ", name, " ", Self.escape(definition.help, quotes: format == .openMetrics))
        }
        line("# TYPE ", name, " ", typeName(definition.kind))
    }

    private mutating func write(_ histogram: HistogramSeries, _ name: String, _ labels: String) {
        let snapshot = histogram.snapshot
        let prefix = labels.isEmpty ? "" : labels + ","
        var total: Int64 = 0
        for (bound, count) in zip(histogram.bounds + [.infinity], snapshot.counts) {
            total += count
            sample(name + "_bucket", "\(prefix)le=\"\(Self.bound(bound))\"", String(total))
        }
        sample(name + "_sum", labels, Self.number(snapshot.sum))
        sample(name + "_count", labels, String(total))
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String) {
        if labels.isEmpty { line(name, " ", value) } else { line(name, "{", labels, "} ", value) }
    }

    private mutating func line(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
        bytes.append(UInt8(ascii: "\n"))
    }

    // MARK: Names

    private static let total = "_total"

    private func familyName(_ definition: MetricDefinition) -> String {
        guard format == .openMetrics, definition.kind == .counter, definition.name.hasSuffix(Self.total) else {
            return definition.name
        }
        return String(definition.name.dropLast(Self.total.count))
    }

    private func sampleName(ofCounter name: String) -> String {
        format == .openMetrics && !name.hasSuffix(Self.total) ? name + Self.total : name
    }

    private func typeName(_ kind: MetricDefinition.Kind) -> String {
        if case .alias = kind, format == .openMetrics { return "unknown" }
        return kind.typeName
    }

    // MARK: Text

    /// Labels as written between braces, sorted by name, so that their order does not create another series.
    static func text(of labels: [(String, String)]) -> String {
        labels.map { (MetricDefinition.labelName($0.0), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escape($0.1, quotes: true))\"" }.joined(separator: ",")
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    /// The bound of a bucket, which OpenMetrics requires to have a fraction (1.0). It is the same text in both formats,
    /// so that a scraper that switches between them continues the same series.
    private static func bound(_ value: Double) -> String { value.isInfinite ? number(value) : "\(value)" }
}
