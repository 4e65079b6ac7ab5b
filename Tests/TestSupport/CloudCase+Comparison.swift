package import JSON

extension CloudCase {
    /// What a comparison leaves out of both pods unless the submitted pod already has it, such as additions of versions
    /// newer than the recorded one.
    package struct Omissions: Sendable {
        /// The names of variables.
        package var variables: Set<String> = []
        /// The names of volumes. Their mounts are left out too.
        package var volumes: Set<String> = []
        /// The names of init containers, which are compared separately.
        package var initContainers: Set<String> = []

        package init() {}
    }

    /// How the pod differs from the recorded one; nil if it does not.
    ///
    /// Pods are compared as Kubernetes reads them: volumes by name, and an empty value is the same as an absent one.
    package func difference(_ pod: JSONTree, without omissions: Omissions = .init()) -> String? {
        let (actual, wanted) = (normalised(pod, omissions), normalised(expected, omissions))
        if actual.isEquivalent(to: wanted) { return nil }
        return "\(id): \(actual.pretty)\nis not\n\(wanted.pretty)"
    }

    private func normalised(_ tree: JSONTree, _ omissions: Omissions) -> JSONTree {
        var tree = ConformanceCase.normalised(tree)
        for path in [["metadata", "creationTimestamp"], ["metadata", "namespace"], ["status"]] {
            if tree[path: path] != nil { tree[path: path] = nil }
        }
        for (key, value) in tree[path: ["metadata", "annotations"]]?.members?.map({ ($0.key.value, $0.value) }) ?? [] {
            guard key.hasSuffix("/external-credentials-json"), let text = value.string else { continue }
            if let parsed = try? JSONTree(parsing: text.utf8) {
                tree[path: ["metadata", "annotations"]]?[key] = parsed
            }
        }
        for list in ["containers", "initContainers"] {
            guard let containers = tree[path: ["spec", list]]?.elements else { continue }
            let isInit = list == "initContainers"
            let kept = containers.filter { container in
                !isInit || !omissions.initContainers.contains(container["name"]?.string ?? "")
            }
            tree[path: ["spec", list]] = kept.isEmpty ? nil : .array(kept.map { normalised($0, in: list, omissions) })
        }
        if let volumes = tree[path: ["spec", "volumes"]]?.elements {
            let own = Self.names(pod[path: ["spec", "volumes"]])
            let kept = volumes.filter { $0.isKept(omissions.volumes, own) }
            tree[path: ["spec", "volumes"]] = kept.isEmpty ? nil : .array(kept)
        }
        return tree
    }

    private func normalised(_ container: JSONTree, in list: String, _ omissions: Omissions) -> JSONTree {
        var container = container
        let sent = pod[path: ["spec", list]]?.elements?.first { $0["name"] == container["name"] }
        let own = Self.names(sent?["env"])
        if let variables = container["env"]?.elements {
            let kept = variables.filter { variable in
                // An added variable with an empty value does not count.
                let isEmpty = variable["value"] == nil && variable["valueFrom"] == nil
                return variable.isKept(omissions.variables, own)
                    && (!isEmpty || own.contains(variable["name"]?.string ?? ""))
            }
            container["env"] = kept.isEmpty ? nil : .array(kept)
        }
        if let mounts = container["volumeMounts"]?.elements {
            let own = sent?["volumeMounts"]?.elements ?? []
            let kept = mounts.filter { mount in
                mount.isKept(omissions.volumes, []) || own.contains { $0.isEquivalent(to: mount) }
            }
            container["volumeMounts"] = kept.isEmpty ? nil : .array(kept)
        }
        return container
    }

    private static func names(_ list: JSONTree?) -> Set<String> {
        Set(list?.elements?.compactMap { $0["name"]?.string } ?? [])
    }
}

extension JSONTree {
    /// - Parameter own: The names in the submitted pod.
    fileprivate func isKept(_ omitted: Set<String>, _ own: Set<String>) -> Bool {
        let name = self["name"]?.string ?? ""
        return !omitted.contains(name) || own.contains(name)
    }
}
