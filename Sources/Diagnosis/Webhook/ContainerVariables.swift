internal import JSON
internal import Kubernetes
internal import KubernetesObjects

/// The environment of a webhook container, as far as its pod and ConfigMaps specify it.
package struct ContainerVariables: Equatable, Sendable {
    /// The values that are known, by name.
    package private(set) var known: [String: String] = [:]
    /// The names of variables whose values are elsewhere, such as in a Secret.
    package private(set) var elsewhere: Set<String> = []
    /// Whether there are variables whose names are not even known.
    package private(set) var haveMore = false

    /// The data of ConfigMaps, by name.
    typealias ConfigMaps = [String: [String: String]]

    /// The maximum number of ConfigMaps that are read.
    private static let limit = 10

    package init(known: [String: String] = [:], elsewhere: Set<String> = []) {
        (self.known, self.elsewhere) = (known, elsewhere)
    }

    /// - Parameter configMaps: The ConfigMaps of the pod's namespace that have been read.
    init(of container: JSONValue, in pod: JSONValue, _ configMaps: ConfigMaps) {
        container["envFrom"]?.elements.forEach { source in
            let name = source["configMapRef"]?["name"]?.string
            guard let data = name.flatMap({ configMaps[$0] }) else {
                haveMore = true
                return
            }
            let prefix = source["prefix"]?.string ?? ""
            for (key, value) in data { set(prefix + key, to: value) }
        }
        container["env"]?.elements.forEach { entry in
            set(entry["name"]?.string ?? "", to: value(of: entry, in: pod, configMaps))
        }
    }

    /// - Parameter value: Nil if it is elsewhere.
    private mutating func set(_ name: String, to value: String?) {
        known[name] = value
        if value == nil { elsewhere.insert(name) } else { elsewhere.remove(name) }
    }

    private func value(of entry: JSONValue, in pod: JSONValue, _ configMaps: ConfigMaps) -> String? {
        guard let source = entry["valueFrom"] else { return expand(entry["value"]?.string ?? "") }
        if let reference = source["configMapKeyRef"] {
            return reference["name"]?.string.flatMap { configMaps[$0] }?[reference["key"]?.string ?? ""]
        }
        let metadata = ObjectView(pod).metadata
        switch source["fieldRef"]?["fieldPath"]?.string {
        case "metadata.namespace": return metadata.namespace?.string
        case "metadata.name": return metadata.name?.string
        default: return nil
        }
    }

    /// A text with the values of the variables that it refers to as `$(NAME)`, as the kubelet expands it (core/v1
    /// `Container`). References to unknown variables stay as they are.
    ///
    /// - Returns: Nil if the value of a variable is elsewhere.
    func expand(_ text: String) -> String? {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "$") {
            result += rest[..<start]
            rest = rest[start...]
            guard rest.hasPrefix("$("), let end = rest.firstIndex(of: ")") else {
                result.append("$")
                // Two dollar signs stand for one.
                rest = rest.dropFirst(rest.hasPrefix("$$") ? 2 : 1)
                continue
            }
            let name = String(rest[..<end].dropFirst(2))
            if let value = known[name] {
                result += value
            } else if haveMore || elsewhere.contains(name) {
                return nil
            } else {
                result += rest[...end]
            }
            rest = rest[end...].dropFirst()
        }
        return result + rest
    }
}

extension ContainerVariables {
    /// Reads the ConfigMaps from which containers get variables. Those that do not exist or may not be read are left
    /// out.
    ///
    /// - Throws: `KubernetesError` if the cluster cannot be reached, or does not accept the credentials.
    static func configMaps(
        _ names: Set<String>,
        in namespace: String,
        _ client: APIClient
    ) async throws(KubernetesError) -> ConfigMaps {
        var found: ConfigMaps = [:]
        for name in names.sorted().prefix(limit) {
            do throws(KubernetesError) {
                let response = try await client.get("/api/v1/namespaces/\(namespace)/configmaps/\(name)")
                let data = try response.parse { ObjectView($0).data(where: { _ in true }) }
                found[name] = data.reduce(into: [:]) { $0[$1.key] = String(decoding: $1.text, as: UTF8.self) }
            } catch {
                guard case .refused(let status) = error, status.code != 401 else { throw error }
            }
        }
        return found
    }

    /// The names of the ConfigMaps from which a container gets variables.
    static func configMapNames(of container: JSONValue) -> [String] {
        let whole = container["envFrom"]?.elements.compactMap { $0["configMapRef"]?["name"]?.string } ?? []
        let single = container["env"]?.elements.compactMap { $0["valueFrom"]?["configMapKeyRef"]?["name"]?.string }
        return whole + (single ?? [])
    }
}
