internal import GoSyntax
internal import NIOCore

/// The client side of SOCKS 5 (RFC 1928), with or without a user name and a password (RFC 1929). The proxy resolves the
/// server's name.
struct SOCKS5Handshake: ProxyHandshake {
    private enum State { case method, authentication, reply }

    private enum Method: UInt8 {
        case none = 0
        case password = 2
    }

    private let server: ServerURL
    private let proxy: ProxyURL
    private var state = State.method

    init(to server: ServerURL, through proxy: ProxyURL) {
        self.server = server
        self.proxy = proxy
    }

    var greeting: [UInt8] {
        let methods: [Method] = proxy.credentials == nil ? [.none] : [.none, .password]
        return [5, UInt8(methods.count)] + methods.map(\.rawValue)
    }

    mutating func receive(_ input: inout ByteBuffer) throws(ProxyFailure) -> ProxyHandshakeAction {
        switch state {
        case .method:
            guard let (version, method) = input.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .wait }
            guard version == 5 else { throw ProxyFailure(reason: "does not speak SOCKS 5") }
            return try choose(Method(rawValue: method))
        case .authentication:
            guard let (_, status) = input.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .wait }
            guard status == 0 else { throw .unauthorized(proxy) }
            return try connect()
        case .reply: return try readReply(&input)
        }
    }

    private mutating func choose(_ method: Method?) throws(ProxyFailure) -> ProxyHandshakeAction {
        switch (method, proxy.credentials) {
        case (.none?, _): return try connect()
        case (.password?, let credentials?):
            state = .authentication
            let user = [UInt8(credentials.user.count)] + credentials.user
            return .send([1] + user + [UInt8(credentials.password.count)] + credentials.password)
        default: throw .unauthorized(proxy)
        }
    }

    private mutating func connect() throws(ProxyFailure) -> ProxyHandshakeAction {
        state = .reply
        let address: [UInt8]
        if let ip = IPAddress(server.host) {
            address = [ip.bytes.count == 4 ? 1 : 4] + ip.bytes
        } else {
            guard let length = UInt8(exactly: server.host.utf8.count) else {
                throw ProxyFailure(reason: "accepts server names of at most 255 bytes")
            }
            address = [3, length] + Array(server.host.utf8)
        }
        return .send([5, 1, 0] + address + [UInt8(server.port >> 8 & 0xff), UInt8(server.port & 0xff)])
    }

    /// The reply ends with an address of the proxy, whose length depends on its type. It is not needed.
    private func readReply(_ input: inout ByteBuffer) throws(ProxyFailure) -> ProxyHandshakeAction {
        guard let (version, status, _, type) = input.peekMultipleIntegers(as: (UInt8, UInt8, UInt8, UInt8).self) else {
            return .wait
        }
        guard version == 5 else { throw ProxyFailure(reason: "does not speak SOCKS 5") }
        guard status == 0 else { throw ProxyFailure(reason: "answered: \(Self.text(of: status))") }
        let length: Int
        switch type {
        case 1: length = 4
        case 4: length = 16
        case 3:
            guard let count = input.getInteger(at: input.readerIndex + 4, as: UInt8.self) else { return .wait }
            length = 1 + Int(count)
        default: throw ProxyFailure(reason: "sent an address of the unknown type \(type)")
        }
        return input.readSlice(length: 4 + length + 2) == nil ? .wait : .complete
    }

    /// The meaning of a reply (RFC 1928, 6).
    private static func text(of status: UInt8) -> String {
        switch status {
        case 1: "general SOCKS server failure"
        case 2: "connection not allowed by ruleset"
        case 3: "network unreachable"
        case 4: "host unreachable"
        case 5: "connection refused by destination host"
        case 6: "TTL expired"
        case 7: "command not supported"
        case 8: "address type not supported"
        default: "failure \(status)"
        }
    }
}
