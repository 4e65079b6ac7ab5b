/// Operations of a patch that are the same for many objects except for the object's place. They are written once, and
/// copied with the pointer of an object in front of each of their paths. This is a class, because references to it are
/// copied often.
package final class JSONPatchTemplate: Equatable, Sendable {
    /// The operations in JSON, with commas between them, without the pointer of the object.
    let bytes: [UInt8]
    /// Where in `bytes` the pointer belongs, in increasing order: once for each operation.
    let places: [Int]

    /// Operations that each `add` a value.
    ///
    /// - Parameters:
    ///   - values: In JSON.
    ///   - path: Where all of them are added, relative to the object.
    package init(adding values: [[UInt8]], at path: JSONPointer) {
        var writer = JSONWriter()
        var places: [Int] = []
        for value in values {
            writer.append(static: places.isEmpty ? #"{"op":"add","path":""# : #",{"op":"add","path":""#)
            places.append(writer.bytes.count)
            path.withUTF8 { writer.escape($0) }
            writer.append(static: #"","value":"#)
            writer.append(contentsOf: value[...])
            writer.append(static: "}")
        }
        bytes = writer.bytes
        self.places = places
    }

    package var isEmpty: Bool { places.isEmpty }

    /// The length of the operations without the pointers.
    package var byteCount: Int { bytes.count }

    package static func == (one: JSONPatchTemplate, other: JSONPatchTemplate) -> Bool {
        one.bytes == other.bytes && one.places == other.places
    }
}

extension JSONPatch {
    /// Appends the operations of a template.
    ///
    /// - Parameter object: The object that they apply to.
    package mutating func append(_ template: JSONPatchTemplate, to object: JSONPointer) {
        guard !template.isEmpty else { return }
        append(count: template.places.count) { writer in
            object.withUTF8 { writer.append(template, to: $0) }
        }
    }
}

extension JSONWriter {
    /// - Parameter pointer: In UTF-8.
    fileprivate mutating func append(_ template: JSONPatchTemplate, to pointer: UnsafeRawBufferPointer) {
        guard !Self.mustEscape(pointer) else {
            var escaped = JSONWriter()
            escaped.escape(pointer)
            return escaped.bytes.withUnsafeBytes { append(template, toEscaped: $0) }
        }
        append(template, toEscaped: pointer)
    }

    private mutating func append(_ template: JSONPatchTemplate, toEscaped pointer: UnsafeRawBufferPointer) {
        let count = template.bytes.count + template.places.count * pointer.count
        append(count: count) { memory in
            template.bytes.withUnsafeBytes { bytes in
                // The places divide the bytes, all of which are copied, and for each place there is a pointer: `count`
                // bytes in total.
                var (from, to) = (0, 0)
                func copy(_ source: UnsafeRawBufferPointer) {
                    UnsafeMutableRawBufferPointer(rebasing: memory[to...]).copyMemory(from: source)
                    to += source.count
                }
                for place in template.places {
                    copy(UnsafeRawBufferPointer(rebasing: bytes[from..<place]))
                    copy(pointer)
                    from = place
                }
                copy(UnsafeRawBufferPointer(rebasing: bytes[from...]))
            }
        }
    }
}
