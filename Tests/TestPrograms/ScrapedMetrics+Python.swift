import JSON
package import TestSupport

extension ScrapedMetrics {
    /// Parses the text with Prometheus' own Python client.
    /// - Throws: If the parser reports an error.
    package init(parsing text: String) async throws {
        self.init(parsed: try await Python.json(Self.script, .string(text)))
    }

    /// - Parameter parsed: `families` by name, and `samples`, as the scripts print them.
    init(parsed: JSONTree) {
        let families = (parsed["families"]?.members ?? []).map { member in
            let type = member.value["type"]?.string ?? ""
            return (member.key.value, Family(type: type, help: member.value["help"]?.string ?? ""))
        }
        let samples = (parsed["samples"]?.elements ?? []).map { sample in
            let labels = (sample["labels"]?.members ?? []).map { ($0.key.value, $0.value.string ?? "") }
            return Sample(
                name: sample["name"]?.string ?? "",
                labels: Dictionary(labels) { first, _ in first },
                value: Double(sample["value"]?.string ?? "") ?? .nan
            )
        }
        self.init(families: Dictionary(families) { first, _ in first }, samples: samples)
    }

    /// The parser uses OpenMetrics' names for counters, with `_total` only on samples; this restores the names in the
    /// text. A duplicate series is an error.
    private static let script = """
        import json, sys
        from prometheus_client.parser import text_string_to_metric_families
        text = json.load(sys.stdin)
        assert text.endswith("\\n"), "the last line has no end"
        lines = text.splitlines()
        families, samples, seen = {}, [], set()
        for family in text_string_to_metric_families(text):
            name = family.name
            if family.type == "counter" and "# TYPE " + name + " counter" not in lines:
                name += "_total"
            assert name not in families, name + " comes twice"
            families[name] = {"type": family.type, "help": family.documentation}
            for sample in family.samples:
                sample_name = name if family.type == "counter" else sample.name
                key = (sample_name, tuple(sorted(sample.labels.items())))
                assert key not in seen, str(key) + " comes twice"
                seen.add(key)
                samples.append({"name": sample_name, "labels": sample.labels, "value": repr(sample.value)})
        json.dump({"families": families, "samples": samples}, sys.stdout)
        """
}
