internal import NIOCore

/// The name by which a client addresses a server: the certificate must be issued for it, and SNI carries it.
enum ServerName: Equatable {
    /// A DNS name, which is also sent as SNI. It has no trailing dot, since neither certificates nor SNI have one.
    case dns(String)
    /// An IP address, which is never sent as SNI (RFC 6066, section 3).
    case ip(String)

    /// - Parameter text: A DNS name in ASCII, or an IP address, which may be in brackets and have a zone.
    init(_ text: String) throws(TLSError) {
        if let address = Self.address(text) {
            self = .ip(address)
            return
        }
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else { throw .invalidServerName(text) }
        self = .dns(String(name))
    }

    private static func address(_ text: String) -> String? {
        var address = text[...]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        if let zone = address.firstIndex(of: "%") { address = address[..<zone] }
        return (try? SocketAddress(ipAddress: String(address), port: 0))?.ipAddress
    }

    /// Whether this is a label of 1 to 63 letters, digits, hyphens and underscores, which internal names contain.
    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        (1...63).contains(label.count)
            && label.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}
