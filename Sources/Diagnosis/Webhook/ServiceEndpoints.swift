internal import JSON
internal import Kubernetes
internal import KubernetesObjects

/// The Service that a MutatingWebhookConfiguration refers to, and the addresses of its endpoints for the port that the
/// registration names.
struct ServiceEndpoints: Equatable, Sendable {
    struct Address: Hashable, Sendable {
        let host: String
        let port: Int
    }

    /// A port of the Service (core/v1 `ServicePort`).
    struct Port: Equatable, Sendable {
        /// Empty if it has none, which is allowed only for the single port of a Service.
        let name: String
        let port: Int
        /// A number or the name of a container's port.
        let target: String
    }

    /// The port that the registration names.
    let port: Int
    var ports: [Port] = []
    /// The addresses of the Service, one for each of its families; a headless Service has none.
    var clusterIPs: [String] = []
    var selector: [String: String] = [:]
    /// The ready addresses of both families, one for each endpoint in each family.
    private(set) var ready: [Address] = []
    private var readyTargets: Set<String> = []
    private var notReadyTargets: Set<String> = []

    init(port: Int) { self.port = port }

    /// Nil if the Service has no such port.
    var calledPort: Port? { ports.first { $0.port == port } }

    /// The number of endpoints. Each is in one slice for each family of addresses.
    var readyCount: Int { readyTargets.count }
    var notReadyCount: Int { notReadyTargets.subtracting(readyTargets).count }
}

// MARK: - Reading

extension ServiceEndpoints {
    /// Nil if the Service does not exist.
    static func read(
        _ name: NamespacedName,
        port: Int,
        client: APIClient
    ) async throws(KubernetesError) -> ServiceEndpoints? {
        var service = ServiceEndpoints(port: port)
        do {
            let response = try await client.get("/api/v1/namespaces/\(name.namespace)/services/\(name.name)")
            try response.parse { service.add(service: $0) }
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
        do {
            try await service.addSlices(of: name, client)
        } catch {
            // Clusters before Kubernetes 1.21 do not have discovery.k8s.io/v1.
            guard error.isNotFound else { throw error }
            try await service.addEndpoints(of: name, client)
        }
        return service
    }

    mutating func add(service: JSONValue) {
        let spec = service["spec"]
        // Kubernetes before 1.20 has only one address.
        let addresses = spec?["clusterIPs"]?.elements.compactMap(\.string) ?? []
        clusterIPs = (addresses.isEmpty ? [spec?["clusterIP"]?.string].compactMap(\.self) : addresses)
            .filter { !["", "None"].contains($0) }
        spec?["selector"]?.members.forEach { selector[$0.key.string] = $0.value.string ?? "" }
        ports =
            spec?["ports"]?.elements.map { port in
                let number = port["port"]?.int.map { Int($0) } ?? 0
                let target = port["targetPort"]
                return Port(
                    name: port["name"]?.string ?? "",
                    port: number,
                    target: target?.string ?? target?.int.map { "\($0)" } ?? "\(number)"
                )
            } ?? []
    }

    private mutating func addSlices(of name: NamespacedName, _ client: APIClient) async throws(KubernetesError) {
        let response = try await client.get(
            "/apis/discovery.k8s.io/v1/namespaces/\(name.namespace)/endpointslices",
            query: [("labelSelector", "kubernetes.io/service-name=\(name.name)")]
        )
        var found = self
        try response.parse { root in root["items"]?.elements.forEach { found.add(slice: $0) } }
        self = found
    }

    /// The number of the port that the registration refers to, which has the same name in slices and subsets. Ports are
    /// listed in any order.
    private func number(among ports: JSONValue?) -> Int? {
        guard let called = calledPort else { return nil }
        let port = ports?.elements.first { ($0["name"]?.string ?? "") == called.name }
        return port?["port"]?.int.map { Int($0) }
    }

    mutating func add(slice: JSONValue) {
        let port = number(among: slice["ports"])
        slice["endpoints"]?.elements.forEach { endpoint in
            // "nil should be interpreted as true" (discovery.k8s.io/v1 EndpointConditions).
            let isReady = endpoint["conditions"]?["ready"]?.bool ?? true
            let address = endpoint["addresses"]?.elements.first { _ in true }?.string
            add(address, port, target: endpoint["targetRef"], isReady: isReady)
        }
    }

    private mutating func addEndpoints(of name: NamespacedName, _ client: APIClient) async throws(KubernetesError) {
        var found = self
        do {
            let response = try await client.get("/api/v1/namespaces/\(name.namespace)/endpoints/\(name.name)")
            try response.parse { root in root["subsets"]?.elements.forEach { found.add(subset: $0) } }
        } catch {
            guard error.isNotFound else { throw error }
        }
        self = found
    }

    mutating func add(subset: JSONValue) {
        let port = number(among: subset["ports"])
        for (list, isReady) in [(subset["addresses"], true), (subset["notReadyAddresses"], false)] {
            list?.elements.forEach { add($0["ip"]?.string, port, target: $0["targetRef"], isReady: isReady) }
        }
    }

    private mutating func add(_ host: String?, _ port: Int?, target: JSONValue?, isReady: Bool) {
        let name = target?["uid"]?.string ?? target?["name"]?.string ?? host ?? ""
        guard isReady, let host, let port else {
            notReadyTargets.insert(name)
            return
        }
        readyTargets.insert(name)
        ready.append(Address(host: host, port: port))
    }
}

// MARK: - Finding

extension ServiceEndpoints {
    /// - Parameters:
    ///   - service: Nil if the Service does not exist.
    ///   - repair: How to recreate what belongs to the registration.
    static func finding(_ service: ServiceEndpoints?, _ name: NamespacedName, repair: Remedy) -> Finding {
        let topic = Finding.Topic(.endpoints, "\(name)")
        guard let service else {
            let message = "the Service that the registration names does not exist"
            return topic.problem(.serviceNotFound, message, remedy: repair)
        }
        guard service.calledPort != nil else {
            let ports = service.ports.map { "\($0.port)" }.joined(separator: ", ")
            let message = "the registration calls port \(service.port), but the Service has \(ports)"
            return topic.problem(.servicePortNotFound, message, remedy: repair)
        }
        let (ready, notReady) = (service.readyCount, service.notReadyCount)
        guard ready > 0 else {
            let message = "the Service has no ready endpoint" + (notReady > 0 ? ", \(notReady) are not ready" : "")
            return topic.problem(.noReadyEndpoints, message, remedy: service.podsCommand(name))
        }
        let rest = notReady > 0 ? ", \(notReady) not ready" : ""
        return topic.ok(.endpointsReady, "\(ready) ready endpoint\(ready == 1 ? "" : "s")\(rest)")
    }

    private func podsCommand(_ name: NamespacedName) -> Remedy {
        guard !selector.isEmpty else {
            return Remedy(
                "kubectl -n \(name.namespace) get endpointslices -l kubernetes.io/service-name=\(name.name)",
                note: "the Service selects no pods by itself"
            )
        }
        let selector = LabelSelector(selector.sorted { $0.key < $1.key }.map { .isIn(key: $0.key, values: [$0.value]) })
        return "kubectl -n \(name.namespace) get pods -l \("\(selector)" as String)"
    }
}

extension ServiceEndpoints.Address: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
