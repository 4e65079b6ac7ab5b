/// A change to a text: a range of its bytes is replaced with other text.
package struct TextEdit: Equatable, Sendable {
    package var range: Range<Int>
    package var text: String

    package init(_ range: Range<Int>, _ text: String) {
        self.range = range
        self.text = text
    }
}

extension [TextEdit] {
    /// The edits in the order of their places; those at the same place stay in their order.
    package var ordered: [TextEdit] {
        enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }.map(\.element)
    }

    /// The text after the edits.
    ///
    /// - Returns: Nil if edits overlap.
    package func applied(to bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var position = 0
        for edit in ordered {
            guard edit.range.lowerBound >= position else { return nil }
            result += bytes[position..<edit.range.lowerBound]
            result += [UInt8](edit.text.utf8)
            position = edit.range.upperBound
        }
        return result + bytes[position...]
    }

    /// The edits for a text that has been moved by this many bytes.
    func moved(by offset: Int) -> [TextEdit] {
        map { TextEdit($0.range.lowerBound + offset..<$0.range.upperBound + offset, $0.text) }
    }
}
