/// Prometheus' text-based exposition format, version 0.0.4.
struct TextWriter {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []

    /// Writes a metric. Even one without series gets its HELP and TYPE lines.
    mutating func write(_ family: PrometheusRegistry.Family) {
        let definition = family.definition
        if !definition.help.isEmpty { line("# HELP ", definition.name, " ", Self.escape(definition.help)) }
        line("# TYPE ", definition.name, " ", definition.kind.typeName)
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            switch series {
            case .counter(let counter): sample(definition.name, labels, Self.number(counter.value))
            case .gauge(let gauge): sample(definition.name, labels, Self.number(gauge.value))
            case .histogram(let histogram): write(histogram, definition.name, labels)
            }
        }
    }

    private mutating func write(_ histogram: HistogramSeries, _ name: String, _ labels: String) {
        let snapshot = histogram.snapshot
        let prefix = labels.isEmpty ? "" : labels + ","
        var total: Int64 = 0
        for (bound, count) in zip(histogram.bounds + [.infinity], snapshot.counts) {
            total += count
            sample(name + "_bucket", "\(prefix)le=\"\(Self.number(bound))\"", String(total))
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

    // MARK: Text

    /// Labels as they are written between braces, sorted by name, so that their order does not make another series.
    static func text(of labels: [(String, String)]) -> String {
        labels.map { (MetricDefinition.labelName($0.0), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escape($0.1, quotes: true))\"" }.joined(separator: ",")
    }

    private static func escape(_ text: String, quotes: Bool = false) -> String {
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
}
