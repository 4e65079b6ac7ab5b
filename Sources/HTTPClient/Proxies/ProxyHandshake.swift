internal import NIOCore

/// The messages that a client and a proxy exchange before bytes pass between the client and the server.
protocol ProxyHandshake: Sendable {
    /// The first message of the client.
    var greeting: [UInt8] { get }

    /// Removes complete messages of the proxy from the input. Whatever follows the last one is the server's.
    mutating func receive(_ input: inout ByteBuffer) throws(ProxyFailure) -> ProxyHandshakeAction
}

enum ProxyHandshakeAction: Equatable, Sendable {
    /// The message is not complete yet.
    case wait
    case send([UInt8])
    case complete
}

/// Why a proxy does not connect to the server: the end of a sentence that begins with the name of the proxy.
struct ProxyFailure: Error, Equatable {
    let reason: String

    /// The proxy does not accept the client's credentials.
    static func unauthorized(_ proxy: ProxyURL) -> ProxyFailure {
        guard proxy.credentials == nil else { return ProxyFailure(reason: "rejected the user name and password") }
        let scheme = proxy.scheme.rawValue
        return ProxyFailure(
            reason: "requires a user name and password: put them into its URL, \(scheme)://USER:PASSWORD@HOST:PORT"
        )
    }

    static let closed = ProxyFailure(reason: "closed the connection before answering")
}
