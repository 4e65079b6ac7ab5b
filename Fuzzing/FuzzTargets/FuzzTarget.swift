internal import Diagnosis

/// What is fed with bytes that nobody thought of.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The review parser and the patcher.
    case review
    /// The HTTP layer of a connection.
    case http
    /// A TLS handshake and data, with records changed both ways.
    case tls
    /// TLS after the handshake: records of every kind, well encrypted.
    case records

    /// - Throws: `Finding`, if something came out that must not.
    package func run(_ bytes: [UInt8]) throws {
        switch self {
        case .review: try ReviewFuzz.run(bytes)
        case .http: try HTTPFuzz.run(bytes)
        case .tls: try TLSFuzz.run(bytes)
        case .records: try RecordFuzz.run(bytes)
        }
    }
}

package struct Finding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Takes an input apart; once it is at its end there are only zeros.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number() -> Int { Int(byte()) << 8 | Int(byte()) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
