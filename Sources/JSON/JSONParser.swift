internal import CSimdjson

/// Parses JSON with simdjson. One parser serves one document at a time and is not shared between threads.
package final class JSONParser {
    /// Arrays and objects deeper than this are refused.
    package static let maximumDepth = 256

    /// A parser keeps twelve times the largest document it has seen, so one that grew above this size, in
    /// bytes, gives its memory back after use.
    package static let largestKeptDocument = 256 * 1024

    /// The bytes that can be read behind a `padded` input, whatever they hold.
    package static var padding: Int { csj_padding }

    private var parser: OpaquePointer?

    package init() {}

    deinit {
        if let parser { csj_parser_destroy(parser) }
    }

    /// Calls `body` with the root of the document. The views it is given are valid inside of `body` only.
    ///
    /// - Parameter padded: `JSONParser.padding` bytes behind the end of `bytes` are readable: no copy is made.
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

    /// The largest document, in bytes, that memory is held for.
    var capacity: Int { parser.map { csj_parser_capacity($0) } ?? 0 }

    private func releaseIfLarge() {
        guard let parser, capacity > Self.largestKeptDocument else { return }
        csj_parser_destroy(parser)
        self.parser = nil
    }
}

package enum JSONError: Error, Equatable, CustomStringConvertible {
    /// Not JSON (RFC 8259); the text says why.
    case malformed(String)
    /// Not JSON, at this line (from 1) of the text.
    case malformedLine(Int, String)
    /// An operation of a patch (RFC 6902) does not fit the document; the operation counts from 0.
    case patch(operation: Int, String)

    package var description: String {
        switch self {
        case .malformed(let reason): "malformed JSON: \(reason)"
        case .malformedLine(let line, let reason): "malformed JSON in line \(line): \(reason)"
        case .patch(let operation, let reason): "operation \(operation) of the JSON patch: \(reason)"
        }
    }
}
