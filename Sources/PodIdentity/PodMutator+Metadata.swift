internal import JSON

extension PodMutator {
    mutating func addMetadata() {
        let labels = missing(injection.labels, in: pod.metadata?["labels"])
        let annotations =
            anyContainerHasIdentity ? missing(injection.annotations, in: pod.metadata?["annotations"]) : []
        guard !labels.isEmpty || !annotations.isEmpty else { return }
        let place = pod.pointer.appending(key: "metadata")
        if let metadata = pod.metadata {
            add(labels, to: metadata["labels"], at: place.appending(key: "labels"))
            add(annotations, to: metadata["annotations"], at: place.appending(key: "annotations"))
        } else {
            mutation.patch.add(place) { writer in
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

    private func missing(_ entries: [MetadataEntry], in existing: JSONValue?) -> [MetadataEntry] {
        entries.filter { entry in
            guard let value = existing?.member(entry.key) else { return true }
            return entry.policy == .replace && !(value.text.map { $0 == entry.value } ?? false)
        }
    }

    private mutating func add(_ entries: [MetadataEntry], to existing: JSONValue?, at place: JSONPointer) {
        guard !entries.isEmpty else { return }
        guard existing?.kind == .object else {
            mutation.patch.add(place) { Self.write(entries, to: &$0) }
            return
        }
        for entry in entries {
            mutation.patch.add(place.appending(key: entry.key)) { $0.string(entry.value) }
        }
    }

    private static func write(_ entries: [MetadataEntry], to writer: inout JSONWriter) {
        writer.object { object in entries.forEach { object.member(escaping: $0.key, $0.value) } }
    }
}
