internal import NIOCore

/// Splits the JSON of a list, `{"metadata":{…},"items":[…]}` with its members in any order, into its objects as it
/// arrives. No more than one object is kept, and the text around the objects, which is a list without any.
///
/// It finds only where objects begin and end. Malformed text is found when the objects, and the text around them, are
/// parsed.
struct ListSplitter {
    enum Part: Equatable {
        case object(ByteBuffer)
        /// An object that exceeds the limit.
        case tooLarge(SkippedObject)
    }

    /// The maximum number of bytes around the objects: a version, a token and a few words.
    private static let longestEnvelope = 64 * 1024
    /// The maximum number of bytes of an object to skip: etcd does not store objects of nearly this size.
    static let longestObject = 128 * 1024 * 1024

    private enum Place: Equatable {
        case envelope
        /// In `items`, outside of the objects. Before the first object, an end may come as well.
        case items(Expected)
        case object
    }

    private enum Expected: Equatable {
        case objectOrEnd
        case object
        case commaOrEnd
    }

    private let limit: Int
    private var buffer = ByteBuffer()
    private var place = Place.envelope
    private var envelope: [UInt8] = []
    private var outside = NestingScanner()
    private var hasItems = false
    /// Scans the object that begins at the reader index of `buffer`; this many bytes have been scanned.
    private var inside = NestingScanner()
    private var scanned = 0
    /// What is known about an object that is too large, and how many of its bytes have arrived and were dropped.
    private var skipped: (skimmer: JSONSkimmer, length: Int)?

    /// - Parameter limit: The maximum number of bytes of an object.
    init(limit: Int) { self.limit = limit }

    /// The number of bytes of objects that are held.
    var heldBytes: Int { buffer.readableBytes }

    mutating func append(_ part: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = part
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(part)
        }
    }

    /// Returns nil if more must arrive first.
    ///
    /// - Throws: `KubernetesError.malformedAnswer`, or `.answerTooLarge` for an object whose end is not worth waiting for.
    mutating func next() throws(KubernetesError) -> Part? {
        while buffer.readableBytes > scanned {
            switch place {
            case .envelope: try takeEnvelope()
            case .items(let expected): try takeItems(expected)
            case .object: if let part = try takeObject() { return part }
            }
        }
        return nil
    }

    /// Returns the list without its objects, when all of it has arrived.
    ///
    /// - Throws: `KubernetesError.malformedAnswer` if the list has no end, or no objects where they should be.
    mutating func end() throws(KubernetesError) -> ByteBuffer {
        guard place == .envelope, outside.depth == 0, !envelope.isEmpty else {
            throw .malformedAnswer("a list has no end")
        }
        guard hasItems else { throw .malformedAnswer("a list has no items") }
        return ByteBuffer(bytes: envelope)
    }

    // MARK: Around the objects

    /// Consumes the text up to the objects, or to its end.
    private mutating func takeEnvelope() throws(KubernetesError) {
        while let byte = buffer.readInteger(as: UInt8.self) {
            let depth = outside.depth
            outside.take(byte)
            let begins = byte == UInt8(ascii: "[") && depth == 1 && outside.depth == 2 && endsWithItemsKey
            guard envelope.count < Self.longestEnvelope else {
                throw .malformedAnswer("a list has more than \(Self.longestEnvelope) bytes around its objects")
            }
            envelope.append(byte)
            if begins {
                guard !hasItems else { throw .malformedAnswer("a list has its items twice") }
                hasItems = true
                place = .items(.objectOrEnd)
                return
            }
        }
    }

    /// Whether the text so far ends with a key `"items"` and its colon. Keys with escapes are not recognised.
    private var endsWithItemsKey: Bool {
        func isSpace(_ byte: UInt8) -> Bool { Self.whiteSpace.contains(byte) }
        var text = envelope[...]
        func trim() { while text.last.map(isSpace) == true { text.removeLast() } }
        trim()
        guard text.popLast() == UInt8(ascii: ":") else { return false }
        trim()
        guard text.count > 7, text.suffix(7).elementsEqual(#""items""#.utf8) else { return false }
        text.removeLast(7)
        trim()
        return text.last == UInt8(ascii: "{") || text.last == UInt8(ascii: ",")
    }

    private static let whiteSpace: [UInt8] = [0x20, 0x0a, 0x0d, 0x09]

    /// Consumes the text up to the next object, or the end of `items`.
    private mutating func takeItems(_ expected: Expected) throws(KubernetesError) {
        guard let byte = buffer.readInteger(as: UInt8.self), !Self.whiteSpace.contains(byte) else { return }
        switch (byte, expected) {
        case (UInt8(ascii: "{"), .object), (UInt8(ascii: "{"), .objectOrEnd):
            buffer.moveReaderIndex(to: buffer.readerIndex - 1)
            place = .object
        case (UInt8(ascii: ","), .commaOrEnd): place = .items(.object)
        case (UInt8(ascii: "]"), .commaOrEnd), (UInt8(ascii: "]"), .objectOrEnd):
            outside.take(byte)
            envelope.append(byte)
            place = .envelope
        default: throw .malformedAnswer("the items of a list are not objects with commas between them")
        }
    }

    // MARK: The objects

    /// Returns nil if the end of the object has not arrived yet.
    private mutating func takeObject() throws(KubernetesError) -> Part? {
        let end = buffer.withUnsafeReadableBytes { bytes in
            inside.scan(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(scanned)))
        }
        guard let end else {
            scanned = buffer.readableBytes
            if skipped != nil || scanned > limit { try skip(scanned) }
            return nil
        }
        let length = scanned + end
        scanned = 0
        inside = NestingScanner()
        place = .items(.commaOrEnd)
        if skipped != nil || length > limit {
            try skip(length)
            defer { skipped = nil }
            return skipped.map { .tooLarge(SkippedObject($0.skimmer, at: [])) }
        }
        return buffer.readSlice(length: length).map { .object($0) }
    }

    private mutating func skip(_ length: Int) throws(KubernetesError) {
        var (skimmer, total) = skipped ?? (JSONSkimmer(SkippedObject.paths(at: [])), 0)
        buffer.withUnsafeReadableBytes { skimmer.feed(UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
        buffer.moveReaderIndex(forwardBy: length)
        scanned = 0
        total += length
        guard total <= Self.longestObject else { throw .answerTooLarge(limit: Self.longestObject) }
        skipped = (skimmer, total)
    }
}

/// Tracks the nesting of a JSON text. For malformed text, the result is arbitrary.
struct NestingScanner: Equatable {
    /// The number of open objects and arrays.
    private(set) var depth = 0
    private var isInString = false
    private var isEscaped = false

    mutating func take(_ byte: UInt8) {
        guard !isInString else {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }

    /// Consumes the bytes up to the one that closes the outermost object or array, and returns their number; nil if all
    /// bytes are consumed before that.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int? {
        // A copy, which can be kept in registers.
        var scanner = self
        defer { self = scanner }
        for index in bytes.indices {
            scanner.take(bytes[index])
            if scanner.depth == 0 { return index + 1 }
        }
        return nil
    }
}
