internal import JSON

extension PodMutator {
    mutating func addMetadata() {
        let labels = missing(injection.labels, in: pod.metadata?["labels"])
        let annotations = identityAnnotations()
        guard !labels.isEmpty || !annotations.isEmpty else { return }
        let place = pod.pointer.appending(key: "metadata")
        if let metadata = pod.metadata {
            add(labels, to: metadata["labels"], at: place.appending(key: "labels"))
            add(annotations, to: metadata["annotations"], at: place.appending(key: "annotations"))
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

    /// The annotations to set, after those that name an identity which no container has are removed. A pod that was copied
    /// keeps the annotation as long as it is right.
    private mutating func identityAnnotations() -> [MetadataEntry] {
        injection.annotations.filter { entry in
            guard let existing = pod.metadata?["annotations"]?.member(entry.key)?.string else {
                return anyContainerHasIdentity
            }
            if existing == entry.value ? anyContainerHasIdentity : anyContainerHas(existing) { return false }
            let text = "the annotation \(entry.key) named \"\(existing.cut(to: 80))\", which no container has"
            warnings.append("\(text): it is \(anyContainerHasIdentity ? "corrected" : "removed")")
            if !anyContainerHasIdentity {
                let annotations = pod.pointer.appending(key: "metadata").appending(key: "annotations")
                patch.remove(annotations.appending(key: entry.key))
            }
            return anyContainerHasIdentity
        }
    }

    /// Whether any container has, or may have, this identity as a value of its own.
    private func anyContainerHas(_ identity: String) -> Bool {
        guard let name = injection.identityVariables.first else { return true }
        return pod.containers.contains { container in
            let environment = environment(of: container).environment
            return switch environment.value(of: name) {
            case .absent: false
            case .unknown: environment.sets(name) && !anyContainerHasIdentity
            case .text(let text): text == identity
            }
        }
    }

    private func missing(_ entries: [MetadataEntry], in existing: JSONValue?) -> [MetadataEntry] {
        entries.filter { entry in
            guard let value = existing?.member(entry.key) else { return true }
            return entry.policy == .replace && !(value.text.map { $0 == entry.value } ?? false)
        }
    }

    private mutating func add(_ entries: [MetadataEntry], to existing: JSONValue?, at place: JSONPointer) {
        guard !entries.isEmpty else { return }
        guard existing?.kind == .object else {
            patch.add(place) { Self.write(entries, to: &$0) }
            return
        }
        for entry in entries {
            patch.add(place.appending(key: entry.key)) { $0.string(entry.value) }
        }
    }

    private static func write(_ entries: [MetadataEntry], to writer: inout JSONWriter) {
        writer.object { object in entries.forEach { object.member(escaping: $0.key, $0.value) } }
    }
}
