import JSON
import TestSupport

extension JSONTree {
    func child(_ token: String) -> JSONTree? {
        elements.flatMap { list in Int(token).flatMap { list.indices.contains($0) ? list[$0] : nil } } ?? self[token]
    }

    /// Whether this contains all of `other`: members in order, elements side by side, and leaves byte for byte.
    func extends(_ other: JSONTree) -> Bool {
        switch (self, other) {
        case (.object(let mine), .object(let theirs)):
            mine.count >= theirs.count
                && zip(mine, theirs).allSatisfy { $0.key.lexeme == $1.key.lexeme && $0.value.extends($1.value) }
        case (.array(let mine), .array(let theirs)):
            mine.count >= theirs.count
                && (0...mine.count - theirs.count).contains { start in
                    zip(mine[start...], theirs).allSatisfy { $0.extends($1) }
                }
        case (.object, .literal("null")), (.array, .literal("null")): true
        default: bytes == other.bytes
        }
    }

    /// The pod with the lists that several webhooks add to in a canonical order.
    var sorted: JSONTree {
        func sorted(_ list: JSONTree?) -> JSONTree? {
            guard let elements = list?.elements else { return list }
            let order = elements.enumerated().sorted {
                ($0.element["name"]?.string ?? "", $0.offset) < ($1.element["name"]?.string ?? "", $1.offset)
            }
            return .array(order.map(\.element))
        }
        var pod = self
        pod[path: ["spec", "volumes"]] = sorted(pod[path: ["spec", "volumes"]])
        return pod.mappingContainers(sorted) { container in
            var container = container
            for list in ["env", "volumeMounts"] { container[list] = sorted(container[list]) }
            return container
        }
    }

    /// The pod with changed containers.
    func mappingContainers(
        _ arrange: (JSONTree?) -> JSONTree? = { $0 },
        _ change: (JSONTree) -> JSONTree
    ) -> JSONTree {
        var pod = self
        for list in ["initContainers", "containers"] {
            guard let containers = pod[path: ["spec", list]]?.elements else { continue }
            pod[path: ["spec", list]] = arrange(.array(containers.map(change)))
        }
        return pod
    }

    private var containers: [(place: String, container: JSONTree)] {
        ["initContainers", "containers"].flatMap { list in
            (self[path: ["spec", list]]?.elements ?? []).map { ("\(list)/\($0["name"]?.string ?? "")", $0) }
        }
    }

    /// Whether the containers of a list have different names.
    var hasDistinctContainers: Bool { Set(containers.map(\.place)).count == containers.count }

    /// How often each name of a volume, container, variable or mount occurs, by place.
    var names: [String: Int] {
        var names: [String: Int] = [:]
        for volume in self[path: ["spec", "volumes"]]?.elements ?? [] {
            names["volume \(volume["name"]?.string ?? "")", default: 0] += 1
        }
        for (place, container) in containers {
            names["container \(place)", default: 0] += 1
            for variable in container["env"]?.elements ?? [] {
                names["variable \(place) \(variable["name"]?.string ?? "")", default: 0] += 1
            }
            for mount in container["volumeMounts"]?.elements ?? [] {
                names["mount \(place) \(mount["mountPath"]?.string ?? "")", default: 0] += 1
            }
        }
        return names
    }

    /// The volumes that containers mount, and their paths.
    var mounts: [(volume: String, path: String)] {
        containers.flatMap { $0.container["volumeMounts"]?.elements ?? [] }.map {
            ($0["name"]?.string ?? "", $0["mountPath"]?.string ?? "")
        }
    }

    /// The mounted volumes that the pod does not have.
    var unknownMounts: Set<String> {
        let volumes = Set((self[path: ["spec", "volumes"]]?.elements ?? []).compactMap { $0["name"]?.string })
        return Set(mounts.map(\.volume)).subtracting(volumes)
    }

    /// Whether any variable's value may refer to another variable.
    var refersToVariables: Bool {
        containers.contains {
            $0.container["env"]?.elements?.contains { $0["value"]?.string?.contains("$") ?? false } ?? false
        }
    }

    /// The pod with a mount in every container at a path that is not normalised, so that its mounts have to be
    /// followed.
    var mountingProbes: JSONTree {
        mappingContainers { container in
            var container = container
            let probe = JSONTree.object(["name": .string("probe"), "mountPath": .string("/probe/./at")])
            container["volumeMounts"] = .array([probe] + (container["volumeMounts"]?.elements ?? []))
            return container
        }
    }

    /// The pod without those mounts, and without empty lists of mounts.
    var withoutProbes: JSONTree {
        mappingContainers { container in
            var container = container
            let mounts = (container["volumeMounts"]?.elements ?? []).filter { $0["name"]?.string != "probe" }
            container["volumeMounts"] = mounts.isEmpty ? nil : .array(mounts)
            return container
        }
    }
}
