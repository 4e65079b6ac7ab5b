internal import NIOHTTP1

/// Parses heads of the form that nearly all clients send. Heads of any other form, valid or not, are left to NIO's
/// decoder, so that they are judged in one place. The form (in terms of RFC 9112) is:
///
/// - the head is complete, and at most `maximumLength` bytes long;
/// - GET, HEAD or POST; a path with letters, digits and usual punctuation; HTTP/1.1; single spaces between them;
/// - at most `maximumFields` fields, each with a name of letters, digits, `-`, `_` and `.`, a colon, one space, and a value
///   of visible ASCII characters and spaces that neither begins nor ends with a space;
/// - CRLF, and nothing else, ends each line;
/// - one Host; at most one Content-Length, of up to nine digits and without a leading zero;
/// - at most one Accept and one Accept-Encoding, unless it is a POST;
/// - no field that says how the connection or the body continues.
///
/// For these heads, NIO's decoder has the same result; the fuzz target "requests" compares the two.
struct RequestHeadParser {
    /// In bytes. NIO's decoder limits a part of the head to more than this, so no head that it would reject is accepted
    /// here.
    static let maximumLength = 8 * 1024
    /// Fewer than NIO's decoder allows.
    static let maximumFields = 64

    private var scanner: ByteScanner
    private var hasHost = false
    private var contentType: Range<Int>?
    private var isPost = false
    private var accept: Range<Int>?
    private var acceptEncoding: Range<Int>?
    private var contentLength: Int?

    /// - Parameter bytes: Begin with the head; the body and further requests may follow.
    /// - Returns: The head and its length in bytes; nil if it does not have the form.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> (head: RequestHead, length: Int)? {
        guard let start = bytes.baseAddress else { return nil }
        var parser = RequestHeadParser(scanner: ByteScanner(start, count: min(bytes.count, maximumLength)))
        return parser.head().map { ($0, parser.scanner.offset) }
    }

    private init(scanner: ByteScanner) { self.scanner = scanner }

    private mutating func head() -> RequestHead? {
        guard let method = method() else { return nil }
        isPost = method == .POST
        let target = scanner.span(while: Self.isOfTarget)
        guard scanner.begins(target, with: UInt8(ascii: "/")), scanner.skip(" HTTP/1.1\r\n") else { return nil }
        var count = 0
        while !scanner.skip("\r\n") {
            count += 1
            guard count <= Self.maximumFields, field() else { return nil }
        }
        guard hasHost else { return nil }
        return RequestHead(
            method: method,
            uri: scanner.string(target),
            contentType: contentType.map { scanner.isEqual($0, "application/json") ? Self.json : scanner.string($0) },
            accept: accept.map(scanner.string),
            acceptEncoding: acceptEncoding.map(scanner.string),
            contentLength: contentLength,
            announcesBody: (contentLength ?? 0) > 0
        )
    }

    /// A constant, so that it takes no memory for each request.
    private static let json = "application/json"

    private mutating func method() -> HTTPMethod? {
        if scanner.skip("POST ") { return .POST }
        if scanner.skip("GET ") { return .GET }
        return scanner.skip("HEAD ") ? .HEAD : nil
    }

    /// Parses a field and the end of its line.
    ///
    /// - Returns: Whether it has the form.
    private mutating func field() -> Bool {
        let name = scanner.span(while: Self.isOfName)
        guard !name.isEmpty, scanner.skip(": ") else { return false }
        let value = scanner.spanOfText()
        guard scanner.isTrimmed(value), scanner.skip("\r\n") else { return false }
        switch name.count {
        case 4 where scanner.isName(name, "host"):
            guard !hasHost else { return false }
            hasHost = true
        case 12 where scanner.isName(name, "content-type"):
            contentType = contentType ?? value
        case 14 where scanner.isName(name, "content-length"):
            guard contentLength == nil, let length = scanner.number(value, maximumDigits: 9) else { return false }
            contentLength = length
        case 6:
            guard !isPost, scanner.isName(name, "accept") else { return !scanner.isName(name, "expect") }
            return Self.set(&accept, to: value)
        case 15 where !isPost && scanner.isName(name, "accept-encoding"):
            return Self.set(&acceptEncoding, to: value)
        case 7: return !scanner.isName(name, "upgrade") && !scanner.isName(name, "trailer")
        case 10: return !scanner.isName(name, "connection")
        case 16: return !scanner.isName(name, "proxy-connection")
        case 17: return !scanner.isName(name, "transfer-encoding")
        default: break
        }
        return true
    }

    /// - Returns: Whether it was not set before.
    private static func set(_ field: inout Range<Int>?, to value: Range<Int>) -> Bool {
        guard field == nil else { return false }
        field = value
        return true
    }

    // MARK: Characters

    private static func isOfTarget(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: "%"),
            UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "+"):
            true
        default: isOfName(byte)
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
