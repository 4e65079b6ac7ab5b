internal import JSON

extension PodMutator {
    /// Adds the mounts that the container needs to reach its tokens, unless something else is mounted at their paths.
    mutating func addMounts(to container: ContainerView, _ outcome: inout ContainerOutcome) {
        let own = outcome.mounts
        var added: [ContainerMount] = []
        for mount in injection.mounts {
            let wanted = search.mount(mount, of: name(of: mount))
            // The API server refuses a second mount at the same path.
            if own.contains(where: { $0.path == wanted.path }) { continue }
            // A container that mounts the volume at a place of its own needs another mount only if its variable says so.
            if own.contains(where: { $0.volume == wanted.volume }), !leads(outcome.environment, to: mount) { continue }
            added.append(wanted)
        }
        outcome.mounts += added
        noteMounts(outcome.mounts)
        write(added.map { ($0.volume, $0.text) }, to: container)
    }

    /// Whether the container's variable leads to the token in this mount.
    private func leads(_ environment: ContainerEnvironment, to mount: TokenMount) -> Bool {
        guard let variable = injection.tokenFileVariable, let token = injection.token(of: mount) else { return true }
        guard case .text(let file) = environment.value(of: variable) else { return false }
        return search.path(file) == search.path("\(mount.path)/\(token.path)")
    }

    mutating func write(_ mounts: [(volume: String, path: String)], to container: ContainerView) {
        let exists = container.volumeMounts != nil
        append(mounts, to: "volumeMounts", of: container.pointer, exists: exists) { mount, writer in
            writer.object {
                $0.member("name", mount.volume)
                $0.member("readOnly", true)
                $0.member("mountPath", mount.path)
            }
        }
    }

    /// Adds the volumes that a container mounts and the pod lacks.
    mutating func addVolumes() {
        let missing = volumes.filter { $0.isMissing && $0.isMounted }
        let spec = pod.pointer.appending(key: "spec")
        append(missing, to: "volumes", of: spec, exists: search.volumes.list != nil) {
            $0.token.write(named: $0.name, to: &$1)
        }
    }
}

extension ProjectedTokenVolume {
    fileprivate func write(named name: String, to writer: inout JSONWriter) {
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
