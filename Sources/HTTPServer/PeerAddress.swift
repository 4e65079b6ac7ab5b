internal import NIOCore

/// A client's IP address as a number. An IPv4 address is mapped to IPv6 (RFC 4291, section 2.5.5.2), which is how a
/// socket for both families represents it.
struct PeerAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// All clients without an IP address count as one.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            high = 0
            // The address follows the family and the port, which have two bytes each.
            low = 0xffff_0000_0000 | UInt64(Self.load(UInt32.self, of: address.address, at: 4))
        case .v6(let address):
            // The address follows the family, the port and the four bytes of the flow label.
            high = Self.load(UInt64.self, of: address.address, at: 8)
            low = Self.load(UInt64.self, of: address.address, at: 16)
        case .unixDomainSocket, nil:
            high = 0
            low = 0
        }
    }

    /// Loads a number in network byte order.
    private static func load<Number: FixedWidthInteger, Address>(
        _ type: Number.Type,
        of address: Address,
        at offset: Int
    ) -> Number {
        withUnsafeBytes(of: address) { Number(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
    }
}

extension SocketAddress {
    /// For log lines: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
    var logText: String {
        var address = ipAddress ?? ""
        if address.hasPrefix("::ffff:"), address.contains(".") { address.removeFirst("::ffff:".count) }
        return "\(address.contains(":") ? "[\(address)]" : address):\(port ?? 0)"
    }
}

/// Assigns a small number to each address with connections, so that an array can count something for each of them.
struct PeerNumbers {
    private var uses: [PeerAddress: (number: Int, count: Int)] = [:]
    private var unused: [Int] = []
    /// Greater than all numbers in use.
    private(set) var bound = 0

    mutating func add(_ address: PeerAddress) -> Int {
        if let use = uses[address] {
            uses[address]?.count += 1
            return use.number
        }
        let number = unused.popLast() ?? bound
        bound = max(bound, number + 1)
        uses[address] = (number, 1)
        return number
    }

    /// Must be called when a connection of the address has been closed; the address's number becomes free with its last
    /// connection.
    mutating func remove(_ address: PeerAddress) {
        guard let use = uses[address] else { return }
        if use.count > 1 {
            uses[address]?.count -= 1
        } else {
            uses[address] = nil
            unused.append(use.number)
        }
    }
}
