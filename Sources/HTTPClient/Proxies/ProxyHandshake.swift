internal import NIOCore

/// What a client and a proxy say to each other before the bytes pass between the client and the server.
protocol ProxyHandshake: Sendable {
    /// What the client sends first.
    var greeting: [UInt8] { get }

    /// Takes complete messages of the proxy out of the input. What follows the last one is the server's.
    mutating func receive(_ input: inout ByteBuffer) throws(ProxyFailure) -> ProxyHandshakeAction
}

enum ProxyHandshakeAction: Equatable, Sendable {
    /// The message is not complete yet.
    case wait
    case send([UInt8])
    case complete
}

/// Why a proxy gives no way to the server: the end of a sentence that begins with the name of the proxy.
struct ProxyFailure: Error, Equatable {
    let reason: String

    /// The proxy does not take us for somebody whom it serves.
    static func unauthorized(_ proxy: ProxyURL) -> ProxyFailure {
        guard proxy.credentials == nil else { return ProxyFailure(reason: "rejected the user name and password") }
        let scheme = proxy.scheme.rawValue
        return ProxyFailure(
            reason: "requires a user name and password: put them into its URL, \(scheme)://USER:PASSWORD@HOST:PORT"
        )
    }

    static let closed = ProxyFailure(reason: "closed the connection before answering")
}
