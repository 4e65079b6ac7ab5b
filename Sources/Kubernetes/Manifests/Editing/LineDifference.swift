/// The lines in which two texts differ.
enum LineDifference {
    /// The time to compare texts line by line grows with the square of their differences.
    private static let mostLines = 4000

    /// The edits of whole lines that turn one text into the other.
    static func edits(from old: [UInt8], to new: [UInt8]) -> [TextEdit] {
        let (before, after) = (lines(of: old), lines(of: new))
        guard before.count + after.count <= mostLines else {
            return [TextEdit(0..<old.count, String(decoding: new, as: UTF8.self))]
        }
        let difference = after.difference(from: before)
        var (removed, inserted): (Set<Int>, Set<Int>) = ([], [])
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var edits: [TextEdit] = []
        var (index, newIndex) = (0, 0)
        while index < before.count || newIndex < after.count {
            let start = index < before.count ? before[index].startIndex : old.count
            var end = start
            var text: [UInt8] = []
            while removed.contains(index) {
                end = before[index].endIndex
                index += 1
            }
            while inserted.contains(newIndex) {
                text += after[newIndex]
                newIndex += 1
            }
            if end > start || !text.isEmpty {
                edits.append(TextEdit(start..<end, String(decoding: text, as: UTF8.self)))
            }
            (index, newIndex) = (index + 1, newIndex + 1)
        }
        return edits
    }

    /// The lines of a text, with their line feeds.
    static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.count
            lines.append(text[start..<end])
            start = end
        }
        return lines
    }
}
