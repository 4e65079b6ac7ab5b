internal import JSON

/// Warnings about a pod's containers: each text once, with the names of the containers that it is about.
struct ContainerWarnings {
    private var entries: [(text: String, containers: [String], more: Int)] = []
    private var omitted = 0

    /// How many containers are named for one text.
    private static let maximumNames = 5

    /// - Parameter text: The cause, since what Kubernetes cuts off is the end of a warning.
    mutating func append(_ text: String, _ container: String) {
        guard let index = entries.firstIndex(where: { $0.text == text }) else {
            // A little more than `Warnings` keeps, so that the number of those left out is of the same kind.
            if entries.count < Warnings.maximumCount { entries.append((text, [container], 0)) } else { omitted += 1 }
            return
        }
        if entries[index].containers.count < Self.maximumNames {
            entries[index].containers.append(container)
        } else {
            entries[index].more += 1
        }
    }

    /// - Parameter text: A warning that is not about a container.
    mutating func append(_ text: String) {
        if entries.count < Warnings.maximumCount { entries.append((text, [], 0)) } else { omitted += 1 }
    }

    var all: Warnings {
        var warnings: Warnings = []
        for (text, containers, more) in entries {
            var names = containers.joined(separator: ", ")
            if more > 0 { names += " and \(more) more" }
            let place = containers.isEmpty ? "" : " (container\(containers.count == 1 ? "" : "s") \(names))"
            warnings.append("\(text)\(place)")
        }
        warnings.omit(omitted)
        return warnings
    }
}
