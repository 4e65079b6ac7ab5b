internal import NIOCore

/// The client side of HTTP's CONNECT (RFC 9110, 9.3.6).
struct ConnectHandshake: ProxyHandshake {
    /// The maximum size of a response without its body in bytes.
    private static let largestHead = 16 * 1024

    private let proxy: ProxyURL
    let greeting: [UInt8]

    init(to server: ServerURL, through proxy: ProxyURL, userAgent: String) {
        self.proxy = proxy
        let lines = [
            "CONNECT \(server.authority) HTTP/1.1", "Host: \(server.authority)", "User-Agent: \(userAgent)",
            proxy.authorization.map { "Proxy-Authorization: \($0)" },
        ]
        greeting = Array((lines.compactMap { $0 }.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    mutating func receive(_ input: inout ByteBuffer) throws(ProxyFailure) -> ProxyHandshakeAction {
        while true {
            let start = input.readableBytesView.prefix(7)
            guard start.elementsEqual("HTTP/1.".utf8.prefix(start.count)) else {
                throw ProxyFailure(reason: "does not speak HTTP/1.1")
            }
            guard let length = try Self.lengthOfHead(input.readableBytesView) else { return .wait }
            let head = input.readSlice(length: length)
            let line = head?.readableBytesView.prefix { !$0.isLineEnd } ?? ByteBufferView()
            switch try Self.status(line) {
            // The final response follows later (RFC 9110, 15.2).
            case 100..<200: continue
            case 200..<300: return .complete
            case 407: throw .unauthorized(proxy)
            // The line without HTTP's version, as far as it is printable.
            default:
                let text = line.dropFirst(9).prefix(100).map { 0x20..<0x7f ~= $0 ? $0 : UInt8(ascii: "?") }
                throw ProxyFailure(reason: "answered: \(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    /// The number of bytes up to the first empty line; nil if that has not arrived yet.
    private static func lengthOfHead(_ bytes: ByteBufferView) throws(ProxyFailure) -> Int? {
        var lineLength = 0
        for (index, byte) in bytes.prefix(largestHead).enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                if lineLength == 0 { return index + 1 }
                lineLength = 0
            case UInt8(ascii: "\r"): break
            default: lineLength += 1
            }
        }
        guard bytes.count < largestHead else {
            throw ProxyFailure(reason: "sent an answer that is longer than \(largestHead) bytes")
        }
        return nil
    }

    /// The number after `HTTP/1.1` and a space (RFC 9112, 4).
    private static func status(_ line: ByteBufferView) throws(ProxyFailure) -> Int {
        let digits = String(decoding: line.dropFirst(9).prefix(3), as: UTF8.self)
        guard line.dropFirst(8).first == UInt8(ascii: " "), digits.utf8.count == 3,
            digits.utf8.first != UInt8(ascii: "+"),
            let status = UInt16(digits)
        else {
            throw ProxyFailure(reason: "does not speak HTTP/1.1")
        }
        return Int(status)
    }
}

extension UInt8 {
    fileprivate var isLineEnd: Bool { self == UInt8(ascii: "\r") || self == UInt8(ascii: "\n") }
}
