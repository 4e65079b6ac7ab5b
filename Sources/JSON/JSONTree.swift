/// An owned JSON document that preserves how it was written: numbers, escapes and the order of members come out byte
/// for byte. It is for documents that people provide (files, `mutate`), not for the request path, where `JSONValue`
/// borrows.
package indirect enum JSONTree: Equatable, Sendable {
    /// `null`, `true`, `false` or a number, as written.
    case literal(String)
    case string(JSONString)
    case array([JSONTree])
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var key: JSONString
        package var value: JSONTree

        package init(key: JSONString, value: JSONTree) {
            self.key = key
            self.value = value
        }
    }

    package static let null = JSONTree.literal("null")

    package static func string(_ value: String) -> JSONTree { .string(JSONString(value)) }

    package static func object(_ members: KeyValuePairs<String, JSONTree>) -> JSONTree {
        .object(members.map { Member(key: JSONString($0.key), value: $0.value) })
    }

    package var string: String? {
        if case .string(let text) = self { text.value } else { nil }
    }

    package var elements: [JSONTree]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// The first member with this name; setting nil removes it. It is also nil if this is not an object, and then
    /// setting has no effect.
    package subscript(key: String) -> JSONTree? {
        get { members?.first { $0.key.equals(key) }?.value }
        set {
            guard case .object(var members) = self else { return }
            let index = members.firstIndex { $0.key.equals(key) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(key: JSONString(key), value: value))
            case (nil, nil): return
            }
            self = .object(members)
        }
    }

    /// The value at a path of member names. Setting it has an effect only if all names but the last exist.
    package subscript(path path: [String]) -> JSONTree? {
        get { path.reduce(self as JSONTree?) { $0?[$1] } }
        set {
            guard let first = path.first else {
                if let newValue { self = newValue }
                return
            }
            guard path.count > 1 else {
                self[first] = newValue
                return
            }
            guard var child = self[first] else { return }
            child[path: Array(path.dropFirst())] = newValue
            self[first] = child
        }
    }

    /// The document as compact JSON.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output, indentation: nil)
        return output
    }

    /// The document as JSON with an indentation of two spaces.
    package var pretty: String { String(decoding: prettyBytes, as: UTF8.self) }

    /// The document as JSON with an indentation of two spaces, in UTF-8.
    package var prettyBytes: [UInt8] {
        var output: [UInt8] = []
        write(into: &output, indentation: 0)
        return output
    }

    private func write(into output: inout [UInt8], indentation: Int?) {
        switch self {
        case .literal(let text): output.append(contentsOf: text.utf8)
        case .string(let text): output.append(contentsOf: text.lexeme.utf8)
        case .array(let elements):
            Self.write(elements, "[", "]", into: &output, indentation) { $0.write(into: &$1, indentation: $2) }
        case .object(let members):
            Self.write(members, "{", "}", into: &output, indentation) { member, output, inner in
                output.append(contentsOf: member.key.lexeme.utf8)
                output.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                member.value.write(into: &output, indentation: inner)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item],
        _ opening: Character,
        _ closing: Character,
        into output: inout [UInt8],
        _ indentation: Int?,
        _ write: (Item, inout [UInt8], Int?) -> Void
    ) {
        output.append(contentsOf: opening.utf8)
        let inner = items.isEmpty ? nil : indentation.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            newLine(inner, into: &output)
            write(item, &output, inner)
        }
        if inner != nil { newLine(indentation, into: &output) }
        output.append(contentsOf: closing.utf8)
    }

    private static func newLine(_ indentation: Int?, into output: inout [UInt8]) {
        guard let indentation else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
    }
}
