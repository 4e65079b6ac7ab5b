import NIOCore
import NIOOpenSSL
import Synchronization
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes
@testable import ServiceSupport

@Suite("The access to the API server", .timeLimit(.minutes(5)))
struct ClusterAccessTests {
    /// A clock that a test sets.
    private final class Clock: Sendable {
        private let state = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { state.withLock { $0 } }
        func pass(_ time: Duration) { state.withLock { $0 += time } }
    }

    private static func content(_ token: String, _ files: [String]) -> ClusterAccess.Content {
        .init(tls: nil, credentials: FixedCredentials.bearer(token), files: files)
    }

    /// Access with a token from a file that must not be empty.
    private static func access(_ path: String, _ clock: Clock) throws -> (ClusterAccess, reads: ReadCount) {
        let reads = ReadCount()
        let access = try ClusterAccess(now: { clock.now }) { () throws(KubernetesError) in
            reads.increment()
            let bytes = (try? FileReader.read(path, limit: .max)) ?? []
            guard !bytes.isEmpty else { throw .configuration(source: path, field: nil, reason: "is empty") }
            return content(String(decoding: bytes, as: UTF8.self), [path])
        }
        return (access, reads)
    }

    private final class ReadCount: Sendable {
        private let state = Mutex(0)
        var count: Int { state.withLock { $0 } }
        func increment() { state.withLock { $0 += 1 } }
    }

    private func header(_ access: ClusterAccess) async throws -> String? {
        try await access.current.credentials.authorization()
    }

    @Test("is reloaded when a file has changed, checked once a second")
    func change() async throws {
        let (folder, clock) = (try TemporaryDirectory(), Clock())
        try folder.write("one", to: "token")
        let (access, reads) = try Self.access(folder.path("token"), clock)
        clock.pass(.seconds(1))
        #expect(try await header(access) == "Bearer one")
        let count = reads.count
        try folder.write("three", to: "token")
        #expect(try await header(access) == "Bearer one", "the file was read a moment ago")
        clock.pass(.seconds(1))
        #expect(try await header(access) == "Bearer three")
        clock.pass(.seconds(10))
        #expect(try await header(access) == "Bearer three")
        #expect(reads.count == count + 1)
    }

    @Test("does not change while a file is bad or gone, and is reloaded when it is valid again", arguments: ["", nil])
    func bad(content: String?) async throws {
        let (folder, clock) = (try TemporaryDirectory(), Clock())
        try folder.write("one", to: "token")
        let (access, _) = try Self.access(folder.path("token"), clock)
        if let content {
            try folder.write(content, to: "token")
        } else {
            try folder.remove("token")
        }
        for _ in 0..<3 {
            clock.pass(.seconds(1))
            #expect(try await header(access) == "Bearer one")
        }
        try folder.write("three", to: "token")
        clock.pass(.seconds(1))
        #expect(try await header(access) == "Bearer three")
    }

    @Test("is checked without delay when the server refuses it")
    func refused() async throws {
        let (folder, clock) = (try TemporaryDirectory(), Clock())
        try folder.write("one", to: "token")
        let (access, _) = try Self.access(folder.path("token"), clock)
        try folder.write("three", to: "token")
        #expect(try await header(access) == "Bearer one")
        access.refused()
        #expect(try await header(access) == "Bearer three")
    }

    @Test("follows a link that the kubelet points at another folder")
    func link() async throws {
        let (folder, clock) = (try TemporaryDirectory(), Clock())
        for name in ["1", "2"] {
            try folder.makeFolder(name)
            try folder.write("token-\(name)", to: "\(name)/token")
        }
        try folder.link("..data", to: "1")
        try folder.link("token", to: "..data/token")
        let (access, _) = try Self.access(folder.path("token"), clock)
        #expect(try await header(access) == "Bearer token-1")
        try folder.link("..data", to: "2")
        clock.pass(.seconds(1))
        #expect(try await header(access) == "Bearer token-2")
    }

    @Test("reports errors when it is first loaded")
    func first() throws {
        #expect(throws: KubernetesError.self) { try Self.access("/nowhere", Clock()) }
    }

    // MARK: Files of a kubeconfig

    private static let authority = Result { try TestCertificates() }

    @Test("from a kubeconfig follows certificates and keys, in files and inline", arguments: [false, true])
    func kubeconfig(inline: Bool) async throws {
        let authority = try Self.authority.get()
        let folder = try TemporaryDirectory()
        let path = folder.path("kubeconfig")
        func write(_ identity: TestCertificates.Identity) throws {
            try folder.write(String(decoding: identity.certificate, as: UTF8.self), to: "client.crt")
            try folder.write(String(decoding: identity.key, as: UTF8.self), to: "client.key")
            guard inline || (try? FileReader.read(path, limit: .max)) == nil else { return }
            try Kubeconfig.write(
                to: path,
                server: "https://localhost:1",
                authorityFile: authority.root.certificatePath,
                credential: .clientCertificate(file: folder.path("client.crt"), keyFile: folder.path("client.key")),
                inline: inline
            )
        }
        try write(try authority.issue(subject: "/CN=one", usage: .client))
        let configuration = try ClusterConfiguration.load(kubeConfig: .file(path), server: nil, environment: [:])
        #expect(configuration.tls?.leaf?.subject.contains("one") == true)
        try write(try authority.issue(subject: "/CN=two", usage: .client))
        configuration.access.refused()
        #expect(configuration.tls?.leaf?.subject.contains("two") == true)
        try folder.write("half of a ", to: inline ? "kubeconfig" : "client.key")
        configuration.access.refused()
        #expect(configuration.tls?.leaf?.subject.contains("two") == true)
    }

    @Test("from a kubeconfig follows its token")
    func token() async throws {
        let folder = try TemporaryDirectory()
        func write(_ token: String) throws {
            try Kubeconfig.write(
                to: folder.path("kubeconfig"),
                server: "https://localhost:1",
                authorityFile: try Self.authority.get().root.certificatePath,
                credential: .token(token)
            )
        }
        try write("one")
        let configuration = try ClusterConfiguration.load(
            kubeConfig: .file(folder.path("kubeconfig")),
            server: nil,
            environment: [:]
        )
        #expect(try await configuration.credentials.authorization() == "Bearer one")
        try write("two")
        configuration.access.refused()
        #expect(try await configuration.credentials.authorization() == "Bearer two")
    }
}
