internal import JSON

/// Warnings about a pod's containers. Each text occurs once, with the names of the containers that it applies to.
struct ContainerWarnings {
    private var entries: [(text: String, containers: [String], more: Int)] = []
    private var omitted = 0

    /// The maximum number of containers that are named for one text.
    private static let maximumNames = 5

    /// - Parameter text: The cause first, because Kubernetes cuts off the end of a long warning.
    mutating func append(_ text: String, _ container: String) {
        guard let index = entries.firstIndex(where: { $0.text == text }) else {
            // This is a little more than `Warnings` keeps, so that the number of omitted warnings counts the same kind
            // of thing.
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
