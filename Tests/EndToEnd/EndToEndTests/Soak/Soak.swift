import Foundation
import Glibc
import Kubernetes
import Synchronization
import TestNetwork
import TestPrograms
import TestSupport

/// Two replicas with managed certificates behind the Service, exposed to everything that happens in a cluster, and the
/// results for the pods that were created meanwhile.
final class Soak: Sendable {
    let controlPlane: ControlPlane
    let relay: TCPRelay
    let address: String
    let namespace: String
    private let log = Mutex(Log())

    private struct Log {
        var replicas: [WebhookProcess] = []
        var events: [String] = []
        /// When a replica was gone but still got connections, in seconds since 1970.
        var kills: [ClosedRange<Double>] = []
        /// When the API server or etcd was unavailable, in seconds since 1970.
        var outages: [ClosedRange<Double>] = []
        var samples: [ProcessSample] = []
    }

    /// Certificates expire, and the CA is replaced, every few minutes.
    private static let flags = [
        "--certificate-validity=90s", "--ca-validity=270s", "--ca-settling-time=1s", "--shutdown-delay=3s",
    ]

    private init(_ controlPlane: ControlPlane, _ relay: TCPRelay, address: String, namespace: String) {
        self.controlPlane = controlPlane
        self.relay = relay
        self.address = address
        self.namespace = namespace
    }

    static func start() async throws -> Soak {
        let controlPlane = try await ControlPlane.start(name: "soak")
        try await Deploy.apply(Deploy.account.union(["Service"]), to: controlPlane)
        let namespace = try await controlPlane.makeNamespace("soak")
        try await controlPlane.create(Manifest.serviceAccount("probe", role: "probe"), namespace: namespace)
        let home = OwnInstallation.systemNamespace
        let service = try await controlPlane.get("service", OwnInstallation.name, namespace: home)
        guard let address = service["spec"]["clusterIP"].string else {
            throw ControlPlaneError.unexpected("a Service without an address: \(service)")
        }
        try await OwnInstallation.register(on: controlPlane)
        let relay = try await TCPRelay.start(host: address, port: 443, to: [])
        let soak = Soak(controlPlane, relay, address: address, namespace: namespace)
        for _ in 0..<2 { try await soak.addReplica() }
        return soak
    }

    func stop() async throws {
        for replica in replicas { await replica.stop() }
        try await relay.stop()
        await controlPlane.stop()
    }

    var replicas: [WebhookProcess] { log.withLock { $0.replicas } }
    var samples: [ProcessSample] { log.withLock { $0.samples } }
    var kills: [ClosedRange<Double>] { log.withLock { $0.kills } }
    var outages: [ClosedRange<Double>] { log.withLock { $0.outages } }
    var events: [String] { log.withLock { $0.events } }

    func logs() -> String { replicas.map { $0.logTail() }.joined(separator: "\n") + controlPlane.logTails() }

    private func happened(_ event: String) { log.withLock { $0.events.append(event) } }

    // MARK: Events

    private func addReplica() async throws {
        let replica = try await OwnInstallation.start(1, flags: Self.flags, on: controlPlane)[0]
        try await replica.waitUntilReady(within: .seconds(60))
        log.withLock { $0.replicas.append(replica) }
        direct()
    }

    private func direct() { relay.setTargets(replicas.map(\.port)) }

    /// Replaces a replica as a rollout does: its endpoint is removed when the pod is told to end.
    func replaceReplica() async throws {
        happened("SIGTERM")
        try await addReplica()
        let old = log.withLock { $0.replicas.remove(at: 1) }
        direct()
        await old.stop()
    }

    /// Kills a replica: its connections break at once, and it gets new ones until its endpoint is removed.
    func killReplica() async throws {
        happened("SIGKILL")
        let old = log.withLock { $0.replicas.remove(at: 1) }
        let start = Date().timeIntervalSince1970
        await old.stop(SIGKILL)
        direct()
        let end = Date().timeIntervalSince1970
        // Requests in flight get their responses shortly after.
        log.withLock { $0.kills.append(start - 1...end + 2) }
        try await addReplica()
    }

    func restartAPIServer() async throws {
        happened("API server")
        try await outage {
            await controlPlane.killAPIServer()
            try await controlPlane.startAPIServer()
        }
    }

    func restartEtcd() async throws {
        happened("etcd")
        try await outage { try await controlPlane.restartEtcd() }
    }

    private func outage(_ body: () async throws -> Void) async throws {
        let start = Date().timeIntervalSince1970
        try await body()
        let end = Date().timeIntervalSince1970
        // Requests that were pending get a response or time out within this time.
        log.withLock { $0.outages.append(start - 1...end + 5) }
    }

    /// Samples the replica that runs from beginning to end.
    func sample() async throws {
        let sample = try await ProcessSample(of: replicas[0])
        log.withLock { $0.samples.append(sample) }
    }
}

/// What a process reports about itself.
struct ProcessSample: Sendable {
    let memory: Double
    let descriptors: Double
    let connections: Double
    /// When the certificate expires, in seconds since 1970.
    let certificate: Double
    let authority: Double
    let limits: [String: Double]

    init(of webhook: WebhookProcess) async throws {
        let url = "http://127.0.0.1:\(webhook.metricsPort)/metrics"
        let text = try await Command("curl", ["--silent", "--fail", "--max-time", "10", url]).runText()
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            if parts.count == 2 { values[String(parts[0])] = Double(parts[1]) }
        }
        memory = values["process_resident_memory_bytes"] ?? 0
        descriptors = values["process_open_fds"] ?? 0
        connections = values[#"pod_identity_webhook_open_connections{listener="https"}"#] ?? 0
        certificate = values["pod_identity_webhook_certificate_expiration_timestamp_seconds"] ?? 0
        authority = values["pod_identity_webhook_ca_certificate_expiration_timestamp_seconds"] ?? 0
        // Labels are sorted by name, so the limit comes first.
        limits = values.filter {
            $0.key.hasPrefix("pod_identity_webhook_limits_reached_total") && $0.key.contains(#"listener="https""#)
                && $0.value > 0
        }
    }
}
