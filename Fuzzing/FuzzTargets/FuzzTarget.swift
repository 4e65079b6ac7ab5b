/// A part of the program that is fuzzed with arbitrary bytes.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The JSON reader, which is compared with simdjson's DOM.
    case json
    /// The review parser and the patcher.
    case review
    /// The HTTP layer of a connection.
    case http
    /// Requests of the form that the server parses itself, and of other forms.
    case requests
    /// A TLS handshake and data, with records changed in both directions.
    case tls
    /// TLS after the handshake, with correctly encrypted records of every kind.
    case records

    /// - Throws: `Finding` if the target misbehaves.
    package func run(_ bytes: [UInt8]) throws {
        switch self {
        case .json: try JSONFuzz.run(bytes)
        case .review: try ReviewFuzz.run(bytes)
        case .http: try HTTPFuzz.run(bytes)
        case .requests: try RequestFuzz.run(bytes)
        case .tls: try TLSFuzz.run(bytes)
        case .records: try RecordFuzz.run(bytes)
        }
    }
}

package struct Finding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Reads values from an input; after its end, all bytes are 0.
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
