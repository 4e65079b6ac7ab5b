import HTTPClient
import Synchronization
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The API server's address", .timeLimit(.minutes(5)))
struct ClusterConfigurationTests {
    private static let folder = "var/run/secrets/kubernetes.io/serviceaccount"
    private static let certificates = Result { try TestCertificates() }

    /// A root folder with the files that the kubelet mounts.
    private func podFolder(
        token: String? = "t0ken\n",
        authority: String? = nil,
        namespace: String? = "ns\n"
    ) throws -> TemporaryDirectory {
        let root = try TemporaryDirectory()
        try root.makeFolder(Self.folder)
        if let token { try root.write(token, to: "\(Self.folder)/token") }
        let real = String(decoding: try Self.certificates.get().root.certificate, as: UTF8.self)
        if authority != "" { try root.write(authority ?? real, to: "\(Self.folder)/ca.crt") }
        if let namespace { try root.write(namespace, to: "\(Self.folder)/namespace") }
        return root
    }

    private func inCluster(
        _ root: TemporaryDirectory,
        host: String? = "10.0.0.1",
        port: String? = "443"
    ) throws -> ClusterConfiguration {
        var environment: [String: String] = [:]
        environment["KUBERNETES_SERVICE_HOST"] = host
        environment["KUBERNETES_SERVICE_PORT"] = port
        return try .load(kubeConfig: nil, server: nil, environment: environment, rootFolder: root.path)
    }

    @Test(
        "comes from a pod's environment, as a name or an address",
        arguments: [
            ("10.0.0.1", "10.0.0.1:443"), ("fd00::1", "[fd00::1]:443"), ("[fd00::1]", "[fd00::1]:443"),
            ("kubernetes.default", "kubernetes.default:443"),
        ]
    )
    func pod(host: String, authority: String) async throws {
        let root = try podFolder()
        let configuration = try inCluster(root, host: host)
        #expect(configuration.server.authority == authority)
        #expect(configuration.server.isTLS)
        #expect(configuration.tls != nil)
        #expect(configuration.tlsServerName == configuration.server.host)
        #expect(configuration.namespace == "ns")
        #expect(try await configuration.credentials.authorization() == "Bearer t0ken")
    }

    @Test("needs no namespace file in a pod")
    func noNamespace() throws {
        #expect(try inCluster(podFolder(namespace: nil)).namespace == nil)
        #expect(try inCluster(podFolder(namespace: "\n")).namespace == nil)
    }

    @Test("is reported as missing in a pod, with what to do")
    func badPod() throws {
        let good = try podFolder()
        let cases: [(() throws -> ClusterConfiguration, [String])] = [
            (
                { try inCluster(good, host: nil) },
                ["not running in a cluster (KUBERNETES_SERVICE_HOST is not set); pass --kubeconfig FILE"]
            ),
            ({ try inCluster(good, host: "") }, ["KUBERNETES_SERVICE_HOST is not set"]),
            ({ try inCluster(good, port: nil) }, ["KUBERNETES_SERVICE_PORT is not set"]),
            ({ try inCluster(good, port: "0") }, ["KUBERNETES_SERVICE_PORT", "'0' is not a port"]),
            ({ try inCluster(good, port: "65536") }, ["'65536' is not a port"]),
            ({ try inCluster(podFolder(token: nil)) }, ["/token", "No such file"]),
            ({ try inCluster(podFolder(token: " \n")) }, ["/token", "is empty"]),
            ({ try inCluster(podFolder(token: "a b")) }, ["/token", "does not hold a bearer token"]),
            ({ try inCluster(podFolder(authority: "")) }, ["/ca.crt", "No such file"]),
            ({ try inCluster(podFolder(authority: "nonsense")) }, ["/ca.crt", "trust roots"]),
        ]
        for (load, words) in cases {
            let error = #expect(throws: KubernetesError.self) { try load() }
            for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
        }
    }

    @Test("can be given alone, without credentials")
    func serverAlone() async throws {
        let configuration = try ClusterConfiguration.load(
            kubeConfig: nil,
            server: "http://localhost:8001/prefix/",
            environment: [:]
        )
        #expect(configuration.server == ServerURL(isTLS: false, host: "localhost", port: 8001, pathPrefix: "/prefix"))
        #expect(configuration.tls == nil)
        #expect(try await configuration.credentials.authorization() == nil)
    }
}

@Suite("A token in a file", .timeLimit(.minutes(5)))
struct TokenFileTests {
    private final class Clock: Sendable {
        private let state = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { state.withLock { $0 } }
        func advance(by duration: Duration) { state.withLock { $0 += duration } }
    }

    @Test("is read again after a minute, and at once after it was refused")
    func rereading() throws {
        let folder = try TemporaryDirectory()
        let clock = Clock()
        let file = TokenFile(path: try folder.write("one\n", to: "token"), now: { clock.now })
        #expect(try file.authorization() == "Bearer one")
        try folder.write("two", to: "token")
        clock.advance(by: .seconds(59))
        #expect(try file.token() == "one")
        clock.advance(by: .seconds(1))
        #expect(try file.token() == "two")
        try folder.write("three", to: "token")
        #expect(try file.token() == "two")
        file.refused()
        #expect(try file.token() == "three")
    }

    @Test("does not change while the file cannot be read")
    func unreadable() throws {
        let folder = try TemporaryDirectory()
        let clock = Clock()
        let file = TokenFile(path: try folder.write("one", to: "token"), now: { clock.now })
        #expect(try file.token() == "one")
        try folder.write("", to: "token")
        clock.advance(by: .seconds(120))
        #expect(try file.token() == "one")
        try folder.write("two", to: "token")
        #expect(try file.token() == "two", "the file is read again immediately")
        #expect(throws: KubernetesError.self) { try TokenFile(path: folder.path("none")).token() }
        #expect(try TokenFile(path: folder.path("none"), initial: "first").token() == "first")
    }
}
