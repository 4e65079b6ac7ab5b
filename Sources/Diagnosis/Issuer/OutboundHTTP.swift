internal import FoundationEssentials
internal import HTTPClient
internal import Logging
package import NIOCore
internal import NIOHTTP1
package import NIOOpenSSL

/// Reaches the servers that clouds see: those outside the cluster, through the proxies of the environment.
package struct OutboundHTTP: Sendable {
    /// The errors of `get` and `certificates`.
    enum Failure: Error, Equatable {
        /// The certificate does not verify. `code` is OpenSSL's verify result.
        case untrusted(code: Int, reason: String)
        /// The server responded with a status other than 2xx.
        case refused(status: Int)
        /// The response cannot be used by any client.
        case malformed(String)
        /// The server cannot be reached from here, which says little about other places.
        case unreachable(String)
    }

    /// In bytes; real documents have a few thousand.
    private static let longestDocument = 1024 * 1024

    let group: any EventLoopGroup
    /// Verifies with the system's trust store or its replacement.
    let verified: TLSContext
    /// Verifies nothing, to see what a server presents.
    let unverified: TLSContext
    private let proxies: ProxyEnvironment

    /// - Parameter trustRoots: What servers' certificates may end in.
    package init(
        environment: [String: String],
        trustRoots: TLSClientConfiguration.TrustRoots = .system,
        on group: any EventLoopGroup
    ) throws(TLSError) {
        self.group = group
        proxies = ProxyEnvironment(environment)
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = trustRoots
        verified = try TLSContext(client: configuration)
        configuration.verification = .none
        unverified = try TLSContext(client: configuration)
    }

    static let silent = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }

    /// - Throws: `Failure.unreachable` for a variable that does not specify a proxy.
    func proxy(for server: ServerURL) throws(Failure) -> ProxyURL? {
        do {
            return try proxies.proxy(for: server)
        } catch {
            throw .unreachable("\(error.variable) \(error.reason)")
        }
    }

    private func client(_ server: ServerURL) throws(Failure) -> HTTPClient {
        var options = HTTPClient.Options()
        options.connectTimeout = .seconds(5)
        options.responseTimeout = .seconds(10)
        options.maximumResponseBytes = Self.longestDocument
        options.maximumIdleConnections = 0
        return HTTPClient(server, proxy: try proxy(for: server), on: group, options: options, logger: Self.silent)
    }

    /// - Parameter tls: Nil for plain HTTP.
    func get(_ server: ServerURL, path: String, tls: TLSContext?) async throws(Failure) -> [UInt8] {
        let request = HTTPClientRequest(path: path, headers: ["Accept": "application/json"])
        do {
            return Array(try await client(server).send(request, tls: tls).body.readableBytesView)
        } catch {
            throw Failure(error)
        }
    }

    /// The certificates that the server presents, its own first.
    func certificates(_ server: ServerURL, tls: TLSContext) async throws(Failure) -> [Certificate] {
        do {
            return try await client(server).certificates(tls: tls)
        } catch {
            throw Failure(error)
        }
    }
}

extension OutboundHTTP.Failure {
    var text: String {
        switch self {
        case .untrusted(_, let reason), .malformed(let reason), .unreachable(let reason): reason
        case .refused(let status): "it answers with status \(status)"
        }
    }

    fileprivate init(_ error: any Error) {
        guard let error = error as? HTTPClientError else {
            self = error as? Self ?? .unreachable("\(error)")
            return
        }
        switch error {
        case .untrusted(.certificateRejected(let code, let reason, _, _)):
            self = .untrusted(code: code, reason: reason)
        case .refused(let status, _, _): self = .refused(status: status)
        case .notHTTP, .responseTooLarge: self = .malformed("\(error)")
        case .untrusted, .connection, .timedOut, .responseMemoryExhausted, .cancelled: self = .unreachable("\(error)")
        }
    }
}
