package import JSON

/// Follows a container's variable to a token in a pod's document. It is independent of the domain code, whose result it
/// checks.
package enum TokenOracle {
    /// The audience of the token that a container reaches through a variable; nil if it reaches none.
    package static func audience(through variable: String, _ container: JSONTree, in pod: JSONTree) -> String? {
        let values = container["env"]?.elements?.filter { $0["name"]?.string == variable } ?? []
        guard let file = values.last?["value"]?.string else { return nil }
        return audience(at: file, container, in: pod)
    }

    /// The audience of the token that a container has at a path; nil if it has none there.
    package static func audience(at file: String, _ container: JSONTree, in pod: JSONTree) -> String? {
        let file = elements(file)
        let mounts = (container["volumeMounts"]?.elements ?? []).filter { mount in
            mount["mountPath"]?.string.map { file.starts(with: elements($0)) } ?? false
        }
        let deepest = mounts.map { elements($0["mountPath"]?.string ?? "").count }.max()
        let candidates = mounts.filter { elements($0["mountPath"]?.string ?? "").count == deepest }
        // Of two mounts at one place, the runtime mounts the one with more path elements last, or else the later one.
        let throughLink = candidates.last { isThroughLink($0["mountPath"]?.string ?? "") }
        guard let mount = throughLink ?? candidates.last else { return nil }
        let volumes = pod[path: ["spec", "volumes"]]?.elements ?? []
        let volume = volumes.first { $0["name"]?.string == mount["name"]?.string }
        // The kubelet does not renew a token that is mounted with a `subPath`.
        guard mount["subPath"]?.string ?? "" == "" else { return nil }
        let path = Array(file.dropFirst(deepest ?? 0))
        let tokens = volume?["projected"]?["sources"]?.elements?.compactMap { $0["serviceAccountToken"] } ?? []
        let token = tokens.first { elements($0["path"]?.string ?? "", isAbsolute: false) == path }
        return token.map { $0["audience"]?.string ?? "" }
    }

    /// Whether two paths lead to the same place.
    package static func isSame(_ one: String, _ other: String) -> Bool { elements(one) == elements(other) }

    /// Whether one of two paths leads to the other or to the same place.
    package static func isOnTheWay(_ one: String, _ other: String) -> Bool {
        let (one, other) = (elements(one), elements(other))
        return one.starts(with: other) || other.starts(with: one)
    }

    private static func isThroughLink(_ path: String) -> Bool {
        path.split(separator: "/").filter { $0 != "." }.starts(with: ["var", "run"])
    }

    /// The elements of a path in a Linux container whose image has `/var/run` as a link to `/run`.
    private static func elements(_ path: String, isAbsolute: Bool = true) -> [String] {
        let elements = path.split(separator: "/").map(String.init).reduce(into: [String]()) { elements, element in
            if element == ".." { _ = elements.popLast() } else if element != "." { elements.append(element) }
        }
        return isAbsolute && elements.starts(with: ["var", "run"]) ? Array(elements.dropFirst()) : elements
    }
}
