internal import CSimdjson

/// Parses JSON with simdjson. A parser serves one document at a time and must not be shared between threads.
package final class JSONParser {
    /// Arrays and objects that are nested deeper than this are refused.
    package static let maximumDepth = 256

    /// The largest document, in bytes, whose memory a parser keeps for the next one: it keeps twelve times the size of
    /// the largest document it has seen.
    package static let largestKeptDocument = 256 * 1024

    /// How many bytes must be readable behind a `padded` input, whatever they hold.
    package static var padding: Int { csj_padding }

    private var parser: OpaquePointer?

    package init() {}

    deinit {
        if let parser { csj_parser_destroy(parser) }
    }

    /// Calls `body` with the root of the document. The views that it gets are valid only within `body`.
    ///
    /// - Parameter padded: Whether `JSONParser.padding` bytes behind the end of `bytes` are readable, which saves a
    ///   copy.
    /// - Throws: `JSONError.malformed`, or what `body` throws.
    package func parse<Result>(
        _ bytes: UnsafeRawBufferPointer,
        padded: Bool = false,
        _ body: (JSONValue) throws -> Result
    ) throws -> Result {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress, !bytes.isEmpty else {
            throw JSONError.malformed("the document is empty")
        }
        guard let parser = parser ?? csj_parser_create(Self.maximumDepth) else {
            throw JSONError.malformed("no memory for a parser")
        }
        self.parser = parser
        defer { releaseIfLarge() }

        var root = csj_value()
        let error = csj_parse(parser, start, bytes.count, padded, &root)
        guard error == 0 else { throw JSONError.malformed(String(cString: csj_error_message(error))) }
        return try body(JSONValue(root))
    }

    package func parse<Result>(_ bytes: [UInt8], _ body: (JSONValue) throws -> Result) throws -> Result {
        try bytes.withUnsafeBytes { try parse($0, body) }
    }

    /// The largest document, in bytes, that the allocated memory suffices for.
    var capacity: Int { parser.map { csj_parser_capacity($0) } ?? 0 }

    private func releaseIfLarge() {
        guard let parser, capacity > Self.largestKeptDocument else { return }
        csj_parser_destroy(parser)
        self.parser = nil
    }
}

package enum JSONError: Error, Equatable, CustomStringConvertible {
    /// The text is not JSON (RFC 8259), for the reason given.
    case malformed(String)
    /// The text is not JSON in this line, counted from 1.
    case malformedLine(Int, String)
    /// An operation of a patch (RFC 6902), counted from 0, does not fit the document.
    case patch(operation: Int, String)

    package var description: String {
        switch self {
        case .malformed(let reason): "malformed JSON: \(reason)"
        case .malformedLine(let line, let reason): "malformed JSON in line \(line): \(reason)"
        case .patch(let operation, let reason): "operation \(operation) of the JSON patch: \(reason)"
        }
    }
}
