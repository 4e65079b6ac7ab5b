internal import CSimdjson

/// Parses JSON (RFC 8259). A parser serves one document at a time and must not be shared between threads.
///
/// The following is rejected as well: numbers that fit neither into 64 bits nor into a finite double, unpaired
/// surrogates, and a byte order mark.
///
/// For a document of n bytes, it takes 4 n bytes for the first stage of simdjson, at most 4 n for records, and, if the
/// document has escapes, n for the strings with escapes; and n for a copy if the input is not `padded`.
package final class JSONParser {
    /// Arrays and objects that are nested more deeply than this are rejected.
    package static let maximumDepth = Int(CSJ_MAXIMUM_DEPTH)

    /// The largest document, in bytes, whose memory a parser keeps for the next one.
    package static let largestKeptDocument = 256 * 1024

    /// The number of bytes that must be readable after a `padded` input, whatever they contain.
    package static var padding: Int { csj_padding }

    private var parser: OpaquePointer?
    /// What the views of the document read.
    private let document = UnsafeMutablePointer<JSONDocument>.allocate(capacity: 1)

    package init() {}

    deinit {
        if let parser { csj_parser_destroy(parser) }
        document.deallocate()
    }

    /// Calls `body` with the root of the document. The views that it gets are valid only within `body`.
    ///
    /// - Parameter padded: Whether `JSONParser.padding` bytes after the end of `bytes` are readable, which saves a
    ///   copy.
    /// - Throws: `JSONError.malformed`, or what `body` throws.
    @inlinable
    package func parse<Result>(
        _ bytes: UnsafeRawBufferPointer,
        padded: Bool = false,
        _ body: (JSONValue) throws -> Result
    ) throws -> Result {
        defer { releaseIfLarge() }
        return try body(read(bytes, padded: padded))
    }

    @inlinable
    package func parse<Result>(_ bytes: [UInt8], _ body: (JSONValue) throws -> Result) throws -> Result {
        try bytes.withUnsafeBytes { try parse($0, body) }
    }

    /// The largest document, in bytes, that the allocated memory suffices for.
    var capacity: Int { parser.map { csj_parser_capacity($0) } ?? 0 }

    /// The root of the document, which is valid until the next one is read or the memory is released.
    @usableFromInline
    func read(_ bytes: UnsafeRawBufferPointer, padded: Bool) throws -> JSONValue {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONError.malformed("the document is empty")
        }
        guard let parser = parser ?? csj_parser_create() else { throw JSONError.malformed("no memory for a parser") }
        self.parser = parser

        var parsed = csj_document()
        let error = csj_parse(parser, start.assumingMemoryBound(to: UInt8.self), bytes.count, padded, &parsed)
        guard error == 0, let text = parsed.text, let records = parsed.records, let unescaped = parsed.unescaped else {
            throw JSONError.malformed(Self.clause(String(cString: csj_error_message(error))))
        }
        // A `Record` has the layout of a `csj_record`: two numbers of 32 bits.
        document.initialize(
            to: JSONDocument(
                text: text,
                records: UnsafeRawPointer(records).assumingMemoryBound(to: JSONDocument.Record.self),
                unescaped: UnsafeRawPointer(unescaped)
            )
        )
        return JSONValue(document, document.pointee.records)
    }

    /// A sentence of simdjson's without its capital letter, unless that begins an abbreviation.
    private static func clause(_ sentence: String) -> String {
        guard sentence.dropFirst().first?.isUppercase == false else { return sentence }
        return sentence.prefix(1).lowercased() + sentence.dropFirst()
    }

    @usableFromInline
    func releaseIfLarge() {
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
