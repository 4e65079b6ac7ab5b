/// Metrics as a scraper reads them.
package struct ScrapedMetrics: Sendable {
    package struct Family: Equatable, Sendable {
        package let type: String
        package let help: String

        package init(type: String, help: String) {
            self.type = type
            self.help = help
        }
    }

    package struct Sample: Equatable, Sendable {
        package let name: String
        package let labels: [String: String]
        package let value: Double

        package init(name: String, labels: [String: String], value: Double) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    /// The families by name, including those without samples.
    package let families: [String: Family]
    package let samples: [Sample]

    package init(families: [String: Family], samples: [Sample]) {
        self.families = families
        self.samples = samples
    }

    /// The value of the sample with exactly these labels.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    /// The labels and values of a metric's samples that are not 0.
    package func nonzero(_ name: String) -> [[String: String]: Double] {
        let found = samples.filter { $0.name == name && $0.value != 0 }
        return Dictionary(found.map { ($0.labels, $0.value) }) { first, _ in first }
    }
}
