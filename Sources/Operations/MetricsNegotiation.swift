internal import HTTPServer
internal import Prometheus

/// The form in which a client gets metrics. A client that accepts neither format gets the text format nevertheless,
/// because that is more useful to it than a status of 406.
struct MetricsNegotiation: Equatable {
    let format: ExpositionFormat
    let usesGzip: Bool

    init(_ head: RequestHead) {
        format = Self.format(PreferenceList(head.accept))
        usesGzip = Self.usesGzip(PreferenceList(head.acceptEncoding))
    }

    /// OpenMetrics, if the client accepts it explicitly and does not prefer the text format.
    private static func format(_ accepted: PreferenceList) -> ExpositionFormat {
        let openMetrics = accepted.weight { preference in
            preference.value == "application/openmetrics-text"
                && (preference.parameters["version"].map { $0 == "1.0.0" } ?? true)
        }
        guard let openMetrics, openMetrics > 0 else { return .text }
        let text = accepted.weight { preference in
            preference.value == "text/plain" && (preference.parameters["version"].map { $0 == "0.0.4" } ?? true)
        }
        let others = { accepted.weight { $0.value == "text/*" } ?? accepted.weight { $0.value == "*/*" } ?? 0 }
        return openMetrics >= text ?? others() ? .openMetrics : .text
    }

    /// Whether the client accepts gzip and does not prefer an uncompressed response.
    private static func usesGzip(_ accepted: PreferenceList) -> Bool {
        let named = accepted.weight { $0.value == "gzip" || $0.value == "x-gzip" }
        let weight = named ?? accepted.weight { $0.value == "*" } ?? 0
        let plain = accepted.weight { $0.value == "identity" } ?? 0
        return weight > 0 && weight >= plain
    }
}
