/// Extracts a few texts from a JSON document of any length as it passes by, in memory that does not grow with the
/// document. It may overlook malformed text, but not the end of the document.
struct JSONSkimmer {
    /// The names of members from the root down; "*" stands for each element of an array.
    typealias Path = [String]

    /// Containers that are nested deeper end the search.
    private static let maximumDepth = 256
    /// The maximum number of bytes of a wanted text.
    private static let maximumText = ListMeta.longestToken
    /// The maximum number of bytes of a member's name in a path.
    private static let maximumKey = 64

    private struct Container {
        let isObject: Bool
        /// The name of the member that is being read; "*" in an array.
        var key: String
    }

    private enum Text {
        case key
        case value(Int)
        case other
    }

    private let wanted: [Path]
    private let counted: Path?
    /// The first text at each wanted path.
    private var found: [String?]
    private(set) var count = 0
    /// Whether the document has ended.
    private(set) var isComplete = false

    private var containers: [Container] = []
    private var expectsKey = false
    private var text: Text?
    private var bytes: [UInt8] = []
    /// Whether the text cannot be kept: it is too long, or has escapes, which names and tokens never have.
    private var isSpoilt = false
    private var isEscaped = false
    private var isTooDeep = false

    /// - Parameter counted: The path of the objects to count.
    init(_ wanted: [Path], counting counted: Path? = nil) {
        self.wanted = wanted
        self.counted = counted
        found = Array(repeating: nil, count: wanted.count)
    }

    subscript(_ path: Path) -> String? { wanted.firstIndex(of: path).flatMap { found[$0] } }

    mutating func feed(_ part: UnsafeRawBufferPointer) {
        for byte in part {
            guard !isComplete, !isTooDeep else { return }
            if text == nil { takeStructure(byte) } else { takeText(byte) }
        }
    }

    private mutating func takeStructure(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): beginText()
        case UInt8(ascii: "{"): open(isObject: true)
        case UInt8(ascii: "["): open(isObject: false)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            _ = containers.popLast()
            expectsKey = false
            isComplete = containers.isEmpty
        case UInt8(ascii: ","): expectsKey = containers.last?.isObject ?? false
        case UInt8(ascii: ":"): expectsKey = false
        default: break
        }
    }

    private mutating func open(isObject: Bool) {
        guard containers.count < Self.maximumDepth else {
            isTooDeep = true
            return
        }
        if isObject, let counted, isAt(counted) { count += 1 }
        containers.append(Container(isObject: isObject, key: isObject ? "" : "*"))
        expectsKey = isObject
    }

    private func isAt(_ path: Path) -> Bool {
        containers.count == path.count && zip(containers, path).allSatisfy { $0.key == $1 }
    }

    private mutating func beginText() {
        bytes.removeAll(keepingCapacity: true)
        isSpoilt = false
        isEscaped = false
        if expectsKey {
            text = .key
        } else if let index = wanted.firstIndex(where: isAt), found[index] == nil {
            text = .value(index)
        } else {
            text = .other
        }
    }

    private mutating func takeText(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
            isSpoilt = true
        } else if byte == UInt8(ascii: "\"") {
            endText()
        } else if !isSpoilt {
            keep(byte)
        }
    }

    private mutating func keep(_ byte: UInt8) {
        let limit =
            switch text {
            case .key: Self.maximumKey
            case .value: Self.maximumText
            case .other, nil: 0
            }
        if bytes.count < limit { bytes.append(byte) } else { isSpoilt = true }
    }

    private mutating func endText() {
        switch text {
        case .key:
            if !containers.isEmpty {
                containers[containers.count - 1].key = isSpoilt ? "" : String(decoding: bytes, as: UTF8.self)
            }
        case .value(let index): if !isSpoilt { found[index] = String(decoding: bytes, as: UTF8.self) }
        case .other, nil: break
        }
        text = nil
    }
}
