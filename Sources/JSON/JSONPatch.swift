/// A JSON patch (RFC 6902), which is encoded as it is put together. It can be many times larger than the document, so
/// its size is limited.
package struct JSONPatch {
    /// A larger patch would make an object larger than the API server can store: etcd's requests have at most 1.5 MiB.
    package static let maximumBytes = 2 * 1024 * 1024

    private var writer = JSONWriter(reservingCapacity: 0)
    package private(set) var count = 0
    /// Whether the operations exceeded `maximumBytes`. The patch then has no operations.
    package private(set) var isTooLarge = false

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The size of `bytes`, known without encoding it.
    package var byteCount: Int { writer.bytes.count + 2 }

    /// Appends an `add`: it sets a member of an object, replacing one of that name, or inserts an element into an
    /// array.
    package mutating func add(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation("add", path) {
            $0.key("value")
            value(&$0)
        }
    }

    /// Appends a `test`: the patch fails as a whole unless the value at the path is this one.
    package mutating func test(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation("test", path) {
            $0.key("value")
            value(&$0)
        }
    }

    /// Appends a `replace`: the value at the path must exist.
    package mutating func replace(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation("replace", path) {
            $0.key("value")
            value(&$0)
        }
    }

    /// Appends a `remove`: the value at the path must exist.
    package mutating func remove(_ path: JSONPointer) { operation("remove", path) { _ in } }

    /// Appends the operations of another patch.
    package mutating func append(_ other: JSONPatch) {
        guard !other.isTooLarge, byteCount + other.byteCount <= Self.maximumBytes else { return discard() }
        guard !other.isEmpty, !isTooLarge else { return }
        writer.raw(other.writer.bytes)
        count += other.count
    }

    private mutating func operation(_ name: String, _ path: JSONPointer, _ rest: (inout JSONWriter) -> Void) {
        guard !isTooLarge else { return }
        // The patch of most pods is empty and needs no memory.
        if isEmpty { writer.reserveCapacity(2048) }
        count += 1
        writer.object {
            $0.member("op", name)
            $0.key("path")
            $0.string(utf8: path.bytes)
            rest(&$0)
        }
        if byteCount > Self.maximumBytes { discard() }
    }

    private mutating func discard() {
        writer = JSONWriter(reservingCapacity: 0)
        count = 0
        isTooLarge = true
    }

    /// The patch as a JSON array.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes.append(UInt8(ascii: "["))
        bytes += writer.bytes
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
