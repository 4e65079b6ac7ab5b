internal import JSON
internal import Kubernetes
internal import KubernetesObjects

/// The Service that a MutatingWebhookConfiguration refers to, and the addresses of its endpoints.
struct ServiceEndpoints: Equatable, Sendable {
    struct Address: Hashable, Sendable {
        let host: String
        let port: Int
    }

    /// Nil if the Service has none.
    var clusterIP: String?
    var selector: [String: String]
    var ready: [Address]
    /// The number of endpoints that are not ready.
    var notReady: Int
}

// MARK: - Reading

extension ServiceEndpoints {
    /// Nil if the Service does not exist.
    static func read(_ name: NamespacedName, client: APIClient) async throws(KubernetesError) -> ServiceEndpoints? {
        var service = ServiceEndpoints(clusterIP: nil, selector: [:], ready: [], notReady: 0)
        do {
            let response = try await client.get("/api/v1/namespaces/\(name.namespace)/services/\(name.name)")
            try response.parse { root in
                let spec = root["spec"]
                service.clusterIP = spec?["clusterIP"]?.string.flatMap { ["", "None"].contains($0) ? nil : $0 }
                spec?["selector"]?.members.forEach { service.selector[$0.key.string] = $0.value.string ?? "" }
            }
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

    private mutating func addSlices(of name: NamespacedName, _ client: APIClient) async throws(KubernetesError) {
        let response = try await client.get(
            "/apis/discovery.k8s.io/v1/namespaces/\(name.namespace)/endpointslices",
            query: [("labelSelector", "kubernetes.io/service-name=\(name.name)")]
        )
        var found = self
        try response.parse { root in root["items"]?.elements.forEach { found.add(slice: $0) } }
        self = found
    }

    mutating func add(slice: JSONValue) {
        let port = slice["ports"]?.elements.compactMap { $0["port"]?.int }.first
        slice["endpoints"]?.elements.forEach { endpoint in
            // "nil should be interpreted as true" (discovery.k8s.io/v1 EndpointConditions).
            let isReady = endpoint["conditions"]?["ready"]?.bool ?? true
            add(endpoint["addresses"]?.elements.first { _ in true }?.string, port, isReady: isReady)
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
        let port = subset["ports"]?.elements.compactMap { $0["port"]?.int }.first
        subset["addresses"]?.elements.forEach { add($0["ip"]?.string, port, isReady: true) }
        subset["notReadyAddresses"]?.elements.forEach { add($0["ip"]?.string, port, isReady: false) }
    }

    private mutating func add(_ host: String?, _ port: Int64?, isReady: Bool) {
        if isReady, let host, let port {
            ready.append(Address(host: host, port: Int(port)))
        } else {
            notReady += 1
        }
    }
}

// MARK: - Finding

extension ServiceEndpoints {
    /// - Parameter service: Nil if the Service does not exist.
    static func finding(_ service: ServiceEndpoints?, _ name: NamespacedName) -> Finding {
        let topic = Finding.Topic(.endpoints, "\(name)")
        guard let service else {
            let message = "there is no such Service, to which the registration points"
            return topic.problem(.serviceNotFound, message, remedy: RegistrationCheck.installCommand)
        }
        let (ready, notReady) = (service.ready.count, service.notReady)
        guard ready > 0 else {
            let selector = LabelSelector(
                service.selector.sorted { $0.key < $1.key }.map { .isIn(key: $0.key, values: [$0.value]) }
            )
            let message = "the Service has no ready endpoint" + (notReady > 0 ? ", \(notReady) are not ready" : "")
            let remedy = "kubectl -n \(name.namespace) get pods -l '\(selector)'"
            return topic.problem(.noReadyEndpoints, message, remedy: remedy)
        }
        let rest = notReady > 0 ? ", \(notReady) not ready" : ""
        return topic.ok(.endpointsReady, "\(ready) ready endpoint\(ready == 1 ? "" : "s")\(rest)")
    }
}

extension ServiceEndpoints.Address: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
