internal import YAML

extension ProfileReader {
    /// Makes the checks that need all parts of the profile.
    mutating func checkWhole(_ root: ProfileNode) {
        if profile.volumes.isEmpty, profile.environment.isEmpty, findings.isEmpty {
            findings.add("the profile gives a pod nothing: it has neither volumes nor environment", at: root)
        }
        checkVolumes()
        checkAnnotations(root)
    }

    private mutating func checkVolumes() {
        for (index, volume) in profile.volumes.enumerated() {
            for other in profile.volumes[..<index] {
                if other.name == volume.name {
                    findings.add(
                        "another volume has the name \(volume.name)",
                        at: [.key("volumes"), .index(index), .key("name")]
                    )
                }
                guard !volume.mount.isEmpty, MountPath.overlaps(volume.mount, other.mount) else { continue }
                findings.add(
                    "\(volume.mount) and \(other.mount) are the same folder, or one is in the other",
                    at: [.key("volumes"), .index(index), .key("mount")]
                )
            }
        }
    }

    /// An annotation that is written must not be written twice, nor be one that is read and from which files are made.
    private mutating func checkAnnotations(_ root: ProfileNode) {
        var seen: Set<String> = []
        for key in profile.writtenAnnotations where !seen.insert(key).inserted {
            findings.add("the annotation \(key) is written twice", at: root)
        }
        for key in profile.fileAnnotations where profile.podAnnotations.contains(key) {
            findings.add("the annotation \(key) is read, so it cannot hold a file", at: root)
        }
    }
}

extension Profile {
    /// The annotations of the pod that contain files.
    package var fileAnnotations: [String] {
        volumes.flatMap(\.sources).compactMap { source in
            if case .file(_, let annotation, _) = source.source { annotation } else { nil }
        }
    }

    /// The annotations of the pod that the profile writes.
    var writtenAnnotations: [String] { fileAnnotations + metadata.annotations.map(\.key) }

    /// The labels of the pod that the profile writes.
    var writtenLabels: [String] { metadata.labels.map(\.key) }

    /// The prefixes and suffixes of the variables whose names depend on the pod.
    var openVariables: [(start: String, end: String)] {
        environment.flatMap(\.variables).map(\.name).filter { !$0.isLeftOut && $0.constant == nil }.map { name in
            var (start, end) = ("", "")
            if case .literal(let text) = name.segments.first { start = text }
            if case .literal(let text) = name.segments.last { end = text }
            return (start, end)
        }
    }

    /// The names of the variables that the profile sets, without those that depend on the pod.
    package var variables: [String] {
        environment.flatMap(\.variables).compactMap(\.name.constant).reduce(into: []) {
            if !$0.contains($1) { $0.append($1) }
        }
    }

    /// The names of the volumes, without their suffixes.
    package var volumeNames: [String] { volumes.map(\.name) }

    /// The folders at which volumes are mounted, unless the pod specifies another one.
    package var mounts: [String] { volumes.map(\.mount).filter { !$0.isEmpty } }
}
