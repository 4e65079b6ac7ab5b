internal import JSON

extension PodMutator {
    mutating func addMetadata() {
        var labels: [MetadataEntry] = []
        var annotations: [MetadataEntry] = []
        for placed in injections {
            if !placed.injection.labels.isEmpty { labels += missing(placed.injection.labels, in: "labels") }
            for entry in placed.injection.identityAnnotations where isMissing(entry, of: placed) {
                annotations.append(entry)
            }
            if !placed.injection.annotations.isEmpty {
                annotations += missing(placed.injection.annotations, in: "annotations")
            }
        }
        guard !labels.isEmpty || !annotations.isEmpty else { return }
        let place = pod.pointer.appending(key: "metadata" as StaticString)
        if let metadata = pod.metadata {
            if !labels.isEmpty {
                add(labels, to: metadata["labels"], at: place.appending(key: "labels" as StaticString))
            }
            if !annotations.isEmpty {
                add(annotations, to: metadata["annotations"], at: place.appending(key: "annotations" as StaticString))
            }
        } else {
            patch.add(place) { writer in
                writer.object { object in
                    if !labels.isEmpty {
                        object.key("labels")
                        Self.write(labels, to: &object)
                    }
                    if !annotations.isEmpty {
                        object.key("annotations")
                        Self.write(annotations, to: &object)
                    }
                }
            }
        }
    }

    /// Whether an annotation that names the identity must be set, after removing one that names an identity which no
    /// container has. The annotation of a pod that was copied is kept as long as it is correct.
    private mutating func isMissing(_ entry: MetadataEntry, of placed: PlacedInjection) -> Bool {
        guard let existing = pod.metadata?["annotations"]?.member(entry.key)?.string else {
            return placed.anyContainerHasIdentity
        }
        if existing == entry.value ? placed.anyContainerHasIdentity : anyContainerHas(existing, of: placed) {
            return false
        }
        let text = "the annotation \(entry.key) named \"\(existing.cut(to: 80))\", which no container has"
        placed.warnings.append("\(text): it is \(placed.anyContainerHasIdentity ? "corrected" : "removed")")
        if !placed.anyContainerHasIdentity {
            let annotations = pod.pointer.appending(key: "metadata").appending(key: "annotations")
            patch.remove(annotations.appending(key: entry.key))
        }
        return placed.anyContainerHasIdentity
    }

    /// Whether any container has, or may have, this identity as the value of a variable of its own.
    private func anyContainerHas(_ identity: String, of placed: PlacedInjection) -> Bool {
        guard let name = placed.injection.identityVariables.first else { return true }
        return pod.containers.contains { container in
            let environment = placed.environment(of: container)
            return switch environment.value(of: name) {
            case .absent: false
            case .unknown: environment.sets(name) && !placed.anyContainerHasIdentity
            case .text(let text): text == identity
            }
        }
    }

    private func missing(_ entries: [MetadataEntry], in field: StaticString) -> [MetadataEntry] {
        let existing = pod.metadata?[field]
        return entries.filter { entry in
            guard let value = existing?.member(entry.key) else { return true }
            return entry.policy == .replace && !(value.text.map { $0 == entry.value } ?? false)
        }
    }

    private mutating func add(_ entries: [MetadataEntry], to existing: JSONValue?, at place: JSONPointer) {
        guard existing?.kind == .object else {
            patch.add(place) { Self.write(entries, to: &$0) }
            return
        }
        for entry in entries { patch.append(entry.addition, to: place) }
    }

    private static func write(_ entries: [MetadataEntry], to writer: inout JSONWriter) {
        writer.object { object in entries.forEach { object.member(escaping: $0.key, $0.value) } }
    }
}

extension PlacedInjection {
    /// The variables of the container, including those from this injection.
    fileprivate func environment(of container: ContainerView) -> ContainerEnvironment {
        var environment = ContainerEnvironment(of: container)
        if !injection.leavesAlone(container.name), !injection.isComplete(environment) {
            environment.apply(injection.environment(of: container.name))
        }
        return environment
    }
}
