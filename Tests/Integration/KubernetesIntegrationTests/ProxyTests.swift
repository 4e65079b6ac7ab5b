import HTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The API client through a real proxy", .timeLimit(.minutes(1)))
struct ProxyTests {
    private static let authority = Result { try TestCertificates() }

    private func context() throws -> TLSContext {
        var tls = TLSClientConfiguration()
        tls.trustRoots = .pem(try Self.authority.get().root.certificate)
        return try TLSContext(client: tls)
    }

    /// A server whose name, which is also in its certificate, only the proxy can resolve.
    private func server(plain: Bool = false) async throws -> ScriptedServer {
        guard !plain else { return try await ScriptedServer { _ in [.json("{}")] } }
        let identity = try Self.authority.get().issue(dnsNames: ["api.test"])
        let tls = TLSServerConfiguration(certificateChain: identity.certificate, privateKey: identity.key)
        return try await ScriptedServer(tls: try TLSContext(server: tls)) { request in
            request.isWatch ? [.chunkedHead, .chunk("a\n"), .lastChunk] : [.json("{}")]
        }
    }

    private func client(
        _ proxy: String,
        to host: String = "api.test",
        port: Int,
        plain: Bool = false,
        connectTimeout: Duration = .seconds(30)
    ) throws -> APIClient {
        let configuration = ClusterConfiguration(
            server: ServerURL(isTLS: !plain, host: host, port: port),
            proxy: try ProxyURL(parsing: proxy),
            access: ClusterAccess(tls: plain ? nil : try context(), credentials: FixedCredentials.bearer("t"))
        )
        var options = APIClient.Options()
        options.connectTimeout = connectTimeout
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, options: options, logger: logger)
    }

    private func message(_ client: APIClient) async -> String {
        defer { client.shutDown() }
        let error = await #expect(throws: KubernetesError.self) { try await client.get("/") }
        return error?.description ?? ""
    }

    @Test(
        "reaches the server by its name, sends requests over one connection, and watches over another",
        arguments: [
            ("socks5", "", "SOCKS5"), ("socks5", "me:p@ss", "SOCKS5"), ("http", "", "CONNECT"),
            ("http", "me:p@ss", "CONNECT"), ("https", "me:p@ss", "CONNECT"),
        ]
    )
    func way(scheme: String, credentials: String, word: String) async throws {
        let identity = try Self.authority.get().issue(dnsNames: ["localhost"])
        let proxy = try await ProxyServer.start(
            credentials: credentials.isEmpty ? nil : credentials,
            identity: scheme == "https" ? identity : nil
        )
        let server = try await server()
        let login = credentials.isEmpty ? "" : credentials.replacing("@", with: "%40") + "@"
        let client = try client("\(scheme)://\(login)localhost:\(proxy.port)", port: server.port)
        for _ in 0..<2 { #expect(String(buffer: try await client.get("/").body) == "{}") }
        let request = APIRequest(path: "/", query: [("watch", "true")])
        var body = try await client.body(of: request)
        #expect(try await body.next().map { String(buffer: $0) } == "a\n")
        let line = "\(word) api.test:\(server.port)"
        try await eventually("both requests in the proxy's log") { proxy.asked.count == 2 }
        #expect(proxy.asked == [line, line])
        #expect(server.requests.map { $0.headers["Proxy-Authorization"] } == [[], [], []])
        #expect(server.requests.map(\.uri) == ["/", "/", "/?watch=true"])
        client.shutDown()
        try await server.close()
    }

    @Test("reports why it cannot connect, without the password", arguments: ["socks5", "http"])
    func refusals(scheme: String) async throws {
        let proxy = try await ProxyServer.start(credentials: "me:s3cret")
        let address = "\(scheme)://127.0.0.1:\(proxy.port)"
        let good = "\(scheme)://me:s3cret@127.0.0.1:\(proxy.port)"
        let isSOCKS = scheme == "socks5"
        let closed = try freePort()
        for (url, host, port, reason) in [
            (
                address, "api.test", closed,
                "requires a user name and password: put them into its URL, \(scheme)://USER:PASSWORD@HOST:PORT"
            ),
            (
                "\(scheme)://me:s3cre7@127.0.0.1:\(proxy.port)", "api.test", closed,
                "rejected the user name and password"
            ),
            (
                good, "api.test", closed,
                isSOCKS ? "answered: connection refused by destination host" : "answered: 502 Bad Gateway"
            ),
            (
                good, ProxyServer.Host.forbidden, 443,
                isSOCKS ? "answered: connection not allowed by ruleset" : "answered: 403 Forbidden here"
            ),
            (good, ProxyServer.Host.cut, 443, "closed the connection before answering"),
        ] {
            let text = await message(try client(url, to: host, port: port))
            let prefix = "the connection to the API server at https://\(host):\(port) failed: the proxy \(address) "
            #expect(text == prefix + reason)
        }
        let absent = await message(try client("\(scheme)://me:s3cret@127.0.0.1:\(closed)", port: 443))
        #expect(
            absent.hasSuffix(
                "the proxy \(scheme)://127.0.0.1:\(closed) cannot be reached: 127.0.0.1: Connection refused"
            )
        )
    }

    @Test(
        "waits for an unresponsive proxy until its deadline, or until it is cancelled",
        arguments: ["socks5", "http"]
    )
    func silence(scheme: String) async throws {
        let proxy = try await ProxyServer.start()
        let url = "\(scheme)://127.0.0.1:\(proxy.port)"
        let hasty = try client(url, to: ProxyServer.Host.silent, port: 443, connectTimeout: .milliseconds(200))
        #expect(await message(hasty).hasSuffix("the proxy \(url) did not answer within 0.2 seconds"))

        let patient = try client(url, to: ProxyServer.Host.silent, port: 443, connectTimeout: .seconds(600))
        let asking = Task { try await patient.get("/") }
        try await eventually("another request to the proxy") { proxy.asked.count == 2 }
        asking.cancel()
        let result = await asking.result
        #expect(throws: KubernetesError.cancelled) { try result.get() }
        patient.shutDown()
    }

    @Test("disconnects from an unsuitable proxy at once")
    func unsuitable() async throws {
        let server = try await server(plain: true)
        let socks = await message(try client("socks5://127.0.0.1:\(server.port)", port: 443))
        #expect(socks.hasSuffix("does not speak SOCKS 5"), "\(socks)")
        let tls = await message(try client("https://127.0.0.1:\(server.port)", port: 443))
        #expect(tls.contains("the proxy https://127.0.0.1:\(server.port) cannot be reached: "), "\(tls)")
        let plain = await message(try client("https://127.0.0.1:\(server.port)", port: 80, plain: true))
        #expect(plain.contains("works only for https servers"), "\(plain)")
        try await server.close()
    }

    @Test("lets an HTTP proxy forward requests to a server without TLS")
    func forwarding() async throws {
        let proxy = try await ProxyServer.start(credentials: "me:pass")
        let server = try await server(plain: true)
        let client = try client("http://me:pass@127.0.0.1:\(proxy.port)", port: server.port, plain: true)
        #expect(String(buffer: try await client.get("/a/b").body) == "{}")
        #expect(proxy.asked == ["GET api.test:\(server.port)"])
        #expect(server.requests.map(\.uri) == ["/a/b"])
        #expect(server.requests[0].headers["Host"] == ["api.test:\(server.port)"])
        client.shutDown()
        let stranger = try self.client("http://127.0.0.1:\(proxy.port)", port: server.port, plain: true)
        #expect(await message(stranger).contains("the proxy http://127.0.0.1:\(proxy.port) requires a user name"))
        try await server.close()
    }
}
