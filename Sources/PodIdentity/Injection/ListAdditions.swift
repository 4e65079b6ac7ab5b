internal import JSON

/// Items to add to an object's list. If the list does not exist, it is added with them.
struct ListAdditions: Sendable {
    /// One operation per item.
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
