import JSON
package import TestSupport

extension ScrapedMetrics {
    /// Parses OpenMetrics with Prometheus' own Python client, which omits `_total` from the names of counter families.
    /// - Throws: If the parser reports an error.
    package init(parsingOpenMetrics text: String) async throws {
        self.init(parsed: try await Python.json(Self.openMetricsScript, .string(text)))
    }

    private static let openMetricsScript = """
        import json, sys
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        families, samples = {}, []
        for family in text_string_to_metric_families(json.load(sys.stdin)):
            assert family.name not in families, family.name + " comes twice"
            families[family.name] = {"type": family.type, "help": family.documentation}
            for sample in family.samples:
                samples.append({"name": sample.name, "labels": sample.labels, "value": repr(sample.value)})
        json.dump({"families": families, "samples": samples}, sys.stdout)
        """
}
