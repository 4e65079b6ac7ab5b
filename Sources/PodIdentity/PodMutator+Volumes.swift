internal import JSON

extension PodMutator {
    mutating func addMounts(to container: ContainerView) {
        let missing = injection.mounts.filter { mount in
            var isMounted = false
            guard let mounts = container.volumeMounts else { return true }
            for existing in mounts.elements {
                if let name = existing["name"]?.text, name == mount.volume { return false }
                if let path = existing["mountPath"]?.text, path == mount.path { isMounted = true }
            }
            if isMounted {
                mutation.hasMountConflict = true
                mutation.warnings.append(
                    "container \(container.name): another volume is mounted at \(mount.path), the token is not"
                )
            }
            return !isMounted
        }
        append(missing, to: "volumeMounts", of: container.pointer, exists: container.volumeMounts != nil) {
            mount,
            writer in
            writer.object {
                $0.member("name", mount.volume)
                $0.member("readOnly", true)
                $0.member("mountPath", mount.path)
            }
        }
    }

    mutating func addVolumes() {
        let existing = pod.spec.list("volumes")
        let missing = injection.volumes.filter { volume in
            !(existing?.elements.contains { $0["name"]?.text.map { $0 == volume.name } ?? false } ?? false)
        }
        guard !missing.isEmpty else { return }
        let spec = pod.pointer.appending(key: "spec")
        append(missing, to: "volumes", of: spec, exists: existing != nil) { $0.write(to: &$1) }
    }
}

extension ProjectedTokenVolume {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { volume in
            volume.member("name", name)
            volume.key("projected")
            volume.object { projected in
                projected.key("sources")
                projected.array { sources in
                    sources.object { source in
                        source.key("serviceAccountToken")
                        source.object {
                            $0.member("audience", audience)
                            $0.member("expirationSeconds", expirationSeconds)
                            $0.member("path", path)
                        }
                    }
                }
            }
        }
    }
}
