/// The name, kind, labels and help text of a metric.
package struct MetricDefinition: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case counter
        case gauge
        /// - Parameter buckets: The upper bounds in the metric's unit, ascending, without the infinite one.
        case histogram(buckets: [Double])
        /// The counts of a counter under a second name, added up over the labels that this metric does not have. It has no
        /// type, since names of counters must end in `_total`, which only the counter's own does.
        case alias(of: String)

        /// The name of the kind in a TYPE line of the text format.
        package var typeName: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            case .alias: "untyped"
            }
        }
    }

    package let name: String
    package let kind: Kind
    /// The text of the HELP line; empty for a metric that was not declared.
    package let help: String
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }

    /// This counter's second name, with some of its labels.
    package func alias(_ name: String, labels: [String]) -> MetricDefinition {
        let help = "The same counts as \(self.name), under the name that the Amazon EKS pod identity webhook uses."
        return MetricDefinition(name, .alias(of: self.name), labels: labels, help)
    }

    /// The buckets, in seconds, of histograms that were not declared.
    static let defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// Replaces characters that Prometheus does not allow in the name of a metric (`[a-zA-Z_:][a-zA-Z0-9_:]*`) with
    /// `_`.
    static func metricName(_ label: String) -> String { name(label, allowsColon: true) }

    /// Replaces characters that Prometheus does not allow in the name of a label (`[a-zA-Z_][a-zA-Z0-9_]*`) with `_`.
    static func labelName(_ name: String) -> String { self.name(name, allowsColon: false) }

    private static func name(_ text: String, allowsColon: Bool) -> String {
        var name = String(
            text.map { character in
                let isAllowed = character.isASCII && (character.isLetter || character.isNumber)
                return isAllowed || (allowsColon && character == ":") ? character : "_"
            }
        )
        if name.first?.isNumber ?? true { name = "_" + name }
        return name
    }
}
