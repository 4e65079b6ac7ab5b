internal import JSON
internal import Kubernetes
package import KubernetesObjects

/// The pods behind the Service that the API server calls, as far as they show how the webhook runs.
package struct RunningWebhook: Equatable, Sendable {
    package struct Pod: Equatable, Sendable {
        package var name: String
        /// The arguments of the webhook's container, without `unresolved`.
        package var arguments: [String]
        /// Arguments that depend on variables whose values are elsewhere, such as in a Secret.
        package var unresolved: [String]
        package var variables: ContainerVariables
        var image: String
        var mounts: [Mount]
    }

    /// A mount of a ConfigMap, whose entries are files in the container.
    struct Mount: Equatable, Sendable {
        var path: String
        var configMap: String
        /// The keys, by the paths of their files in the mount; empty if each key is a file with the same name.
        var items: [String: String]
    }

    package var serviceAccount: NamespacedName
    /// At least one.
    package var pods: [Pod]

    /// The maximum number of pods that are read.
    private static let limit = 50

    /// Nil if the Service selects no pods.
    static func read(
        _ service: NamespacedName,
        _ endpoints: ServiceEndpoints,
        _ client: APIClient
    ) async throws(KubernetesError) -> RunningWebhook? {
        guard !endpoints.selector.isEmpty else { return nil }
        let selector = endpoints.selector.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        let response = try await client.get(
            "/api/v1/namespaces/\(service.namespace)/pods",
            query: [("labelSelector", selector), ("fieldSelector", PodScan.livePods), ("limit", "\(limit)")]
        )
        let (namespace, target) = (service.namespace, endpoints.calledPort?.target)
        let names = try response.parse { root in
            let containers = root["items"]?.elements.compactMap { Pod.container(of: $0, target: target) } ?? []
            return Set(containers.flatMap(ContainerVariables.configMapNames))
        }
        let configMaps = try await ContainerVariables.configMaps(names, in: namespace, client)
        return try response.parse { root in
            RunningWebhook(root["items"], namespace: namespace, target: target, configMaps)
        }
    }

    /// - Parameters:
    ///   - list: Pods of one namespace.
    ///   - target: The name or number of the container port that the Service forwards to.
    ///   - configMaps: The ConfigMaps of the namespace that have been read.
    init?(
        _ list: JSONValue?,
        namespace: String,
        target: String?,
        _ configMaps: ContainerVariables.ConfigMaps = [:]
    ) {
        // A pod that is terminating may have outdated arguments.
        let live = list?.elements.filter { $0["metadata"]?["deletionTimestamp"] == nil } ?? []
        pods = live.compactMap { Pod($0, target: target, configMaps) }
        guard let account = live.first?["spec"]?["serviceAccountName"]?.string, !pods.isEmpty else { return nil }
        serviceAccount = NamespacedName(namespace: namespace, name: account)
    }

    /// The image that runs in the cluster.
    var image: String? { pods.first.map(\.image).flatMap { $0.isEmpty ? nil : $0 } }

    /// The ConfigMap with the entry for the file at a path in the containers; nil if the file is not such an entry.
    func configMap(ofFile path: String) -> (name: NamespacedName, key: String)? {
        for mount in pods.first?.mounts ?? [] where path.hasPrefix("\(mount.path)/") {
            let file = String(path.dropFirst(mount.path.count + 1))
            guard let key = mount.items.isEmpty ? file : mount.items[file], !key.contains("/") else { return nil }
            return (NamespacedName(namespace: serviceAccount.namespace, name: mount.configMap), key)
        }
        return nil
    }
}

extension RunningWebhook.Pod {
    init?(_ pod: JSONValue, target: String?, _ configMaps: ContainerVariables.ConfigMaps) {
        guard let container = Self.container(of: pod, target: target) else { return nil }
        name = pod["metadata"]?["name"]?.string ?? ""
        image = container["image"]?.string ?? ""
        variables = ContainerVariables(of: container, in: pod, configMaps)
        let words = Self.words(of: container, variables)
        arguments = words.filter(\.isKnown).map(\.text)
        unresolved = words.filter { !$0.isKnown }.map(\.text)
        let volumes = pod["spec"]?["volumes"]
        mounts =
            container["volumeMounts"]?.elements.compactMap { mount in
                let volume = volumes?.elements.first { $0["name"]?.string == mount["name"]?.string }
                guard let path = mount["mountPath"]?.string, let source = volume?["configMap"],
                    let configMap = source["name"]?.string
                else { return nil }
                var items: [String: String] = [:]
                source["items"]?.elements.forEach { items[$0["path"]?.string ?? ""] = $0["key"]?.string }
                return RunningWebhook.Mount(path: path, configMap: configMap, items: items)
            } ?? []
    }

    /// The container that serves the port, or otherwise the first one.
    static func container(of pod: JSONValue, target: String?) -> JSONValue? {
        let containers = pod["spec"]?["containers"]
        let serving = containers?.elements.first { container in
            container["ports"]?.elements.contains { port in
                port["name"]?.string == target || port["containerPort"]?.int.map { "\($0)" } == target
            } ?? false
        }
        return serving ?? containers?.elements.first { _ in true }
    }

    /// The arguments after the program and the subcommand.
    private static func words(
        of container: JSONValue,
        _ variables: ContainerVariables
    ) -> [(text: String, isKnown: Bool)] {
        let command = container["command"]?.elements.compactMap(\.string) ?? []
        let all = command + (container["args"]?.elements.compactMap(\.string) ?? [])
        var words: [(text: String, isKnown: Bool)] = []
        for argument in all.drop(while: { !$0.hasPrefix("-") }) {
            let value = variables.expand(argument)
            // If an unresolved value is a separate argument, its flag is unresolved too.
            if value == nil, !argument.hasPrefix("-"), let flag = words.last, !flag.text.contains("=") {
                words[words.count - 1] = ("\(flag.text)=\(argument)", false)
            } else {
                words.append((value ?? argument, value != nil))
            }
        }
        return words
    }
}
