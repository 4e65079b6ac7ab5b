import JSON
import TestSupport

extension JSONTree {
    func child(_ token: String) -> JSONTree? {
        elements.flatMap { list in Int(token).flatMap { list.indices.contains($0) ? list[$0] : nil } } ?? self[token]
    }

    /// Whether all of `other` is in here: members in their order, elements side by side, leaves byte for byte.
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

    /// A pod with the lists that several webhooks add to in one order.
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

    /// A pod with other containers.
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

    /// Whether no two containers of a list have the same name.
    var hasDistinctContainers: Bool { Set(containers.map(\.place)).count == containers.count }

    /// How often each name of a volume, container, variable or mount is there, by its place.
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

    /// The volumes that containers mount, and where.
    var mounts: [(volume: String, path: String)] {
        containers.flatMap { $0.container["volumeMounts"]?.elements ?? [] }.map {
            ($0["name"]?.string ?? "", $0["mountPath"]?.string ?? "")
        }
    }

    /// The volumes that containers mount and the pod lacks.
    var unknownMounts: Set<String> {
        let volumes = Set((self[path: ["spec", "volumes"]]?.elements ?? []).compactMap { $0["name"]?.string })
        return Set(mounts.map(\.volume)).subtracting(volumes)
    }

    /// Whether the value of any variable may refer to another one.
    var refersToVariables: Bool {
        containers.contains {
            $0.container["env"]?.elements?.contains { $0["value"]?.string?.contains("$") ?? false } ?? false
        }
    }

    /// A pod whose containers all mount something at a path that is not clean, so that it has to be followed.
    var mountingProbes: JSONTree {
        mappingContainers { container in
            var container = container
            let probe = JSONTree.object(["name": .string("probe"), "mountPath": .string("/probe/./at")])
            container["volumeMounts"] = .array([probe] + (container["volumeMounts"]?.elements ?? []))
            return container
        }
    }

    /// A pod without those mounts, and without lists of mounts that are empty.
    var withoutProbes: JSONTree {
        mappingContainers { container in
            var container = container
            let mounts = (container["volumeMounts"]?.elements ?? []).filter { $0["name"]?.string != "probe" }
            container["volumeMounts"] = mounts.isEmpty ? nil : .array(mounts)
            return container
        }
    }
}
