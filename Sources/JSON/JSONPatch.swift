/// A JSON patch (RFC 6902), which is encoded as it is built. It can be many times larger than the document, so its size
/// is limited.
package struct JSONPatch {
    /// A larger patch would make an object larger than the API server can store: etcd's requests have at most 1.5 MiB.
    package static let maximumBytes = 2 * 1024 * 1024

    /// The patch as a JSON array; empty without operations.
    private var writer = JSONWriter(reservingCapacity: 0)
    package private(set) var count = 0
    /// Whether the operations exceeded `maximumBytes`. The patch then has no operations.
    package private(set) var isTooLarge = false

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The size of `bytes`, known without encoding it.
    package var byteCount: Int { isEmpty ? 2 : writer.bytes.count }

    /// Appends an `add`: it sets a member of an object, replacing one with the same name, or inserts an element into an
    /// array.
    package mutating func add(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation(#"{"op":"add","path":"#, path, hasValue: true, value)
    }

    /// Appends a `test`: the patch fails as a whole unless the value at the path is this one.
    package mutating func test(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation(#"{"op":"test","path":"#, path, hasValue: true, value)
    }

    /// Appends a `replace`: the value at the path must exist.
    package mutating func replace(_ path: JSONPointer, _ value: (inout JSONWriter) -> Void) {
        operation(#"{"op":"replace","path":"#, path, hasValue: true, value)
    }

    /// Appends a `remove`: the value at the path must exist.
    package mutating func remove(_ path: JSONPointer) {
        operation(#"{"op":"remove","path":"#, path, hasValue: false) { _ in }
    }

    /// Appends the operations of another patch.
    package mutating func append(_ other: JSONPatch) {
        guard !other.isTooLarge else { return discard() }
        guard !other.isEmpty, !isTooLarge else { return }
        guard byteCount + other.byteCount <= Self.maximumBytes else { return discard() }
        begin()
        writer.append(contentsOf: other.writer.bytes[1...])
        count += other.count
    }

    /// - Parameter start: The beginning of the operation, up to its path.
    private mutating func operation(
        _ start: StaticString,
        _ path: JSONPointer,
        hasValue: Bool,
        _ value: (inout JSONWriter) -> Void
    ) {
        append(count: 1) { writer in
            writer.append(static: start)
            path.withUTF8 { writer.append(string: $0) }
            if hasValue {
                writer.append(static: #","value":"#)
                writer.beginValue()
                value(&writer)
            }
            writer.append(static: "}")
        }
    }

    /// - Parameter operations: Writes this many operations with commas between them.
    mutating func append(count: Int, _ operations: (inout JSONWriter) -> Void) {
        guard !isTooLarge else { return }
        begin()
        self.count += count
        operations(&writer)
        writer.append(static: "]")
        if byteCount > Self.maximumBytes { discard() }
    }

    /// Makes room for an operation at the end.
    private mutating func begin() {
        guard isEmpty else { return writer.replaceLast(with: ",") }
        // The patch of most pods is empty and needs no memory.
        writer.reserveCapacity(2048)
        writer.append(static: "[")
    }

    private mutating func discard() {
        writer = JSONWriter(reservingCapacity: 0)
        count = 0
        isTooLarge = true
    }

    /// The patch as a JSON array.
    package var bytes: [UInt8] { isEmpty ? Array("[]".utf8) : writer.bytes }
}
