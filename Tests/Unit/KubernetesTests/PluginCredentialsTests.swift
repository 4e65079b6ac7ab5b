import NIOHTTP1
import NIOOpenSSL
import Synchronization
import TestNetwork
import Testing

@testable import CoreMetrics
@testable import Kubernetes
@testable import KubernetesObjects

@Suite("A plugin's credentials", .timeLimit(.minutes(5)))
struct PluginCredentialsTests {
    private static let plugin = ExecPlugin(
        source: "config",
        field: "users[0].user.exec",
        command: "plugin",
        folder: "",
        arguments: [],
        variables: [],
        apiVersion: "client.authentication.k8s.io/v1",
        installHint: nil,
        interactiveMode: .never,
        cluster: nil
    )

    private final class Counter: Sendable {
        private let value = Atomic(0)
        var count: Int { value.load(ordering: .relaxed) }
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }

    private static func credential(_ status: String) throws(KubernetesError) -> ExecCredential {
        let version = plugin.apiVersion
        let text = #"{"kind":"ExecCredential","apiVersion":"\#(version)","status":{\#(status)}}"#
        do {
            return try ExecCredential(Array(text.utf8), apiVersion: version)
        } catch {
            throw plugin.error(error.reason)
        }
    }

    @Test("are kept until shortly before they expire")
    func expiry() async throws {
        let runs = Counter()
        let clock = Mutex<Int64>(0)
        let credentials = PluginCredentials(
            Self.plugin,
            tls: nil,
            now: { Timestamp(seconds: clock.withLock { $0 }) },
            run: { _ throws(KubernetesError) in
                try Self.credential(#""token":"t\#(runs.next())","expirationTimestamp":"1970-01-01T00:10:00Z""#)
            }
        )
        #expect(try await credentials.authorization() == "Bearer t1")
        clock.withLock { $0 = 600 - PluginCredentials.expirationMargin - 1 }
        #expect(try await credentials.authorization() == "Bearer t1")
        clock.withLock { $0 = 600 - PluginCredentials.expirationMargin }
        #expect(try await credentials.authorization() == "Bearer t2")
    }

    @Test("are requested once, however many requests wait for them")
    func once() async throws {
        let runs = Counter()
        let credentials = PluginCredentials(
            Self.plugin,
            tls: nil,
            run: { _ throws(KubernetesError) in
                try Self.credential(#""token":"t\#(runs.next())""#)
            }
        )
        let headers = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<200 { group.addTask { try await credentials.authorization() } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(headers == ["Bearer t1"])
        #expect(runs.count == 1)
    }

    @Test("are requested again after a failure")
    func failure() async throws {
        let runs = Counter()
        let credentials = PluginCredentials(
            Self.plugin,
            tls: nil,
            run: { _ throws(KubernetesError) in
                guard runs.next() > 1 else { throw Self.plugin.error("ended with exit status 1") }
                return try Self.credential(#""token":"t""#)
            }
        )
        await #expect(throws: KubernetesError.self) { try await credentials.authorization() }
        #expect(try await credentials.authorization() == "Bearer t")
    }

    @Test("are renewed if the server refuses them, and the request is repeated")
    func refused() async throws {
        let runs = Counter()
        let credentials = PluginCredentials(
            Self.plugin,
            tls: nil,
            run: { _ throws(KubernetesError) in
                try Self.credential(#""token":"t\#(runs.next())""#)
            }
        )
        let fixture = try await Fixture(credentials: credentials) { request in
            let isGood = request.headers.first(name: "Authorization") == "Bearer t2"
            let head = isGood ? "HTTP/1.1 200 OK" : "HTTP/1.1 401 Unauthorized"
            return [.send("\(head)\r\nContent-Length: 2\r\n\r\n{}")]
        }
        #expect(try await fixture.client.get("/healthz").status == 200)
        #expect(runs.count == 2)
    }

    @Test("provide a certificate for new connections")
    func certificate() async throws {
        let authority = try TestCertificates()
        let first = try authority.issue(subject: "/CN=first", usage: .client)
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .pem(authority.root.certificate)
        let certificate = String(decoding: first.certificate, as: UTF8.self)
        let key = String(decoding: first.key, as: UTF8.self)
        let credentials = PluginCredentials(
            Self.plugin,
            tls: configuration,
            run: { _ throws(KubernetesError) in
                let escape = { (text: String) in text.split(separator: "\n").joined(separator: #"\n"#) + #"\n"# }
                return try Self.credential(
                    #""clientCertificateData":"\#(escape(certificate))","clientKeyData":"\#(escape(key))""#
                )
            }
        )
        #expect(try await credentials.authorization() == nil)
        let context = try #require(try await credentials.tlsContext())
        #expect(context.leaf?.subject == "CN=first")
        #expect(try await credentials.tlsContext() === context)
        credentials.refused()
        #expect(try await credentials.tlsContext() !== context)
    }
}
