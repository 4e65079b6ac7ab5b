internal import NIOCore

/// The name under which a client calls a server: what the certificate must be for, and what SNI says.
enum ServerName: Equatable {
    /// Goes into SNI as well. Without the trailing dot, which neither certificates nor SNI have.
    case dns(String)
    /// Never goes into SNI (RFC 6066, section 3).
    case ip(String)

    /// - Parameter text: a DNS name in ASCII, or an IP address, which may stand in brackets and have a zone.
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

    /// Letters, digits, hyphens, and the underscores that internal names have.
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
