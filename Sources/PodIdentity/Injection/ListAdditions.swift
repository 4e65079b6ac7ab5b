internal import JSON

/// Items for a list of an object, which is added with them where it does not exist.
struct ListAdditions: Sendable {
    /// An operation per item.
    private let toList: JSONPatchTemplate
    private let withList: JSONPatchTemplate

    /// - Parameters:
    ///   - items: In JSON.
    ///   - field: The list in the object.
    init(_ items: [[UInt8]], to field: StaticString) {
        let list = JSONPointer().appending(key: field)
        toList = JSONPatchTemplate(adding: items, at: list.appendingEnd())
        var writer = JSONWriter()
        writer.array { array in items.forEach { array.raw($0) } }
        withList = JSONPatchTemplate(adding: items.isEmpty ? [] : [writer.bytes], at: list)
    }

    var isEmpty: Bool { toList.isEmpty }

    /// - Parameter exists: Whether the object has the list.
    func template(exists: Bool) -> JSONPatchTemplate { exists ? toList : withList }
}
