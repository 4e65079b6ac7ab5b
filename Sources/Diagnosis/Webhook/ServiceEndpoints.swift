internal import JSON
internal import Kubernetes
internal import KubernetesObjects

/// The Service of a registration and the addresses behind it.
struct ServiceEndpoints: Equatable, Sendable {
    struct Address: Hashable, Sendable {
        let host: String
        let port: Int
    }

    /// Of the Service; nil where it has none.
    var clusterIP: String?
    /// The Service's labels of pods.
    var selector: [String: String]
    var ready: [Address]
    var notReady: Int

    /// Nil if there is no such Service.
    static func read(
        _ name: String,
        namespace: String,
        client: APIClient
    ) async throws(KubernetesError) -> ServiceEndpoints? {
        var service = ServiceEndpoints(clusterIP: nil, selector: [:], ready: [], notReady: 0)
        do {
            let answer = try await client.get("/api/v1/namespaces/\(namespace)/services/\(name)")
            try answer.parse { root in
                let spec = root["spec"]
                service.clusterIP = spec?["clusterIP"]?.string.flatMap { ["", "None"].contains($0) ? nil : $0 }
                spec?["selector"]?.members.forEach { service.selector[$0.key.string] = $0.value.string ?? "" }
            }
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
        do {
            try await service.addSlices(of: name, namespace, client)
        } catch {
            // Clusters before Kubernetes 1.21 have no discovery.k8s.io/v1.
            guard error.isNotFound else { throw error }
            try await service.addEndpoints(of: name, namespace, client)
        }
        return service
    }

    private mutating func addSlices(
        of name: String,
        _ namespace: String,
        _ client: APIClient
    ) async throws(KubernetesError) {
        let answer = try await client.get(
            "/apis/discovery.k8s.io/v1/namespaces/\(namespace)/endpointslices",
            query: [("labelSelector", "kubernetes.io/service-name=\(name)")]
        )
        var found = self
        try answer.parse { root in
            for slice in root["items"]?.elements.map({ $0 }) ?? [] { found.add(slice: slice) }
        }
        self = found
    }

    mutating func add(slice: JSONValue) {
        let port = slice["ports"]?.elements.compactMap { $0["port"]?.int }.first
        for endpoint in slice["endpoints"]?.elements.map({ $0 }) ?? [] {
            // "nil should be interpreted as true" (discovery.k8s.io/v1 EndpointConditions).
            let isReady = endpoint["conditions"]?["ready"]?.bool ?? true
            add(endpoint["addresses"]?.elements.first { _ in true }?.string, port, isReady: isReady)
        }
    }

    private mutating func addEndpoints(
        of name: String,
        _ namespace: String,
        _ client: APIClient
    ) async throws(KubernetesError) {
        var found = self
        do {
            let answer = try await client.get("/api/v1/namespaces/\(namespace)/endpoints/\(name)")
            try answer.parse { root in
                for subset in root["subsets"]?.elements.map({ $0 }) ?? [] { found.add(subset: subset) }
            }
        } catch {
            guard error.isNotFound else { throw error }
        }
        self = found
    }

    mutating func add(subset: JSONValue) {
        let port = subset["ports"]?.elements.compactMap { $0["port"]?.int }.first
        for address in subset["addresses"]?.elements.map({ $0 }) ?? [] {
            add(address["ip"]?.string, port, isReady: true)
        }
        for address in subset["notReadyAddresses"]?.elements.map({ $0 }) ?? [] {
            add(address["ip"]?.string, port, isReady: false)
        }
    }

    private mutating func add(_ host: String?, _ port: Int64?, isReady: Bool) {
        if isReady, let host, let port {
            ready.append(Address(host: host, port: Int(port)))
        } else {
            notReady += 1
        }
    }
}

extension ServiceEndpoints {
    /// - Parameter service: nil if there is none.
    static func finding(_ service: ServiceEndpoints?, _ name: String, namespace: String) -> Finding {
        let subject = "\(namespace)/\(name)"
        guard let service else {
            return Finding(
                .endpoints,
                .problem,
                .serviceNotFound,
                subject,
                "there is no such Service, to which the registration points",
                remedy: RegistrationCheck.installation
            )
        }
        let selector = LabelSelector(
            service.selector.sorted { $0.key < $1.key }.map { .isIn(key: $0.key, values: [$0.value]) }
        )
        guard !service.ready.isEmpty else {
            return Finding(
                .endpoints,
                .problem,
                .noReadyEndpoints,
                subject,
                "the Service has no ready endpoint"
                    + (service.notReady > 0 ? ", \(service.notReady) are not ready" : ""),
                remedy: "kubectl -n \(namespace) get pods -l '\(selector)'"
            )
        }
        let count = service.ready.count
        let rest = service.notReady > 0 ? ", \(service.notReady) not ready" : ""
        return Finding(
            .endpoints,
            .ok,
            .endpointsReady,
            subject,
            "\(count) ready endpoint\(count == 1 ? "" : "s")\(rest)"
        )
    }
}
