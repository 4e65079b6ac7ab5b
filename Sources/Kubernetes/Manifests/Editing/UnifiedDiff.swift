/// The edits of a text in the unified format that `patch` and `git apply` read (POSIX `diff -u`).
package enum UnifiedDiff {
    /// The number of unchanged lines that are shown on either side of a change.
    private static let context = 3

    /// - Parameters:
    ///   - name: The path of the file.
    ///   - edits: Edits that do not overlap.
    /// - Returns: An empty text if nothing changes.
    package static func text(_ name: String, _ bytes: [UInt8], _ edits: [TextEdit]) -> [UInt8] {
        let lines = LineDifference.lines(of: bytes)
        let changes = self.changes(edits.ordered, in: bytes, lines)
        guard !changes.isEmpty else { return [] }
        var output = Array("--- \(quoted("a/" + path(name)))\n+++ \(quoted("b/" + path(name)))\n".utf8)
        var offset = 0
        for hunk in hunks(changes) { write(hunk, lines, &offset, into: &output) }
        return output
    }

    /// Lines that are replaced with others.
    private struct Change {
        var lines: Range<Int>
        var new: ArraySlice<ArraySlice<UInt8>>
    }

    // MARK: Changes

    private static func changes(_ edits: [TextEdit], in bytes: [UInt8], _ lines: [ArraySlice<UInt8>]) -> [Change] {
        var changes: [Change] = []
        var rest = edits[...]
        while let first = rest.first {
            let start = line(at: first.range.lowerBound, lines)
            var end = line(at: first.range.upperBound, lines)
            var group: [TextEdit] = []
            while let next = rest.first, line(at: next.range.lowerBound, lines) <= end {
                end = max(end, line(at: next.range.upperBound, lines))
                group.append(next)
                rest = rest.dropFirst()
            }
            let affected = start..<min(end + 1, lines.count)
            let from = affected.isEmpty ? bytes.count : lines[affected.lowerBound].startIndex
            let to = affected.isEmpty ? bytes.count : lines[affected.upperBound - 1].endIndex
            let moved = group.map {
                TextEdit($0.range.lowerBound - from..<$0.range.upperBound - from, $0.text)
            }
            guard let new = moved.applied(to: Array(bytes[from..<to])) else { continue }
            if let change = trimmed(Change(lines: affected, new: LineDifference.lines(of: new)[...]), lines) {
                changes.append(change)
            }
        }
        return changes
    }

    /// The number of the line with the offset, from 0; for the end of a text with a terminated last line, the number
    /// after that line's.
    private static func line(at offset: Int, _ lines: [ArraySlice<UInt8>]) -> Int {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].endIndex <= offset { low = middle + 1 } else { high = middle }
        }
        let isOpen = low == lines.count && lines.last.map { $0.last != UInt8(ascii: "\n") } ?? false
        return isOpen ? low - 1 : low
    }

    /// The change without lines that are the same before and after; nil if all of them are.
    private static func trimmed(_ change: Change, _ lines: [ArraySlice<UInt8>]) -> Change? {
        var change = change
        while let first = change.new.first, !change.lines.isEmpty, lines[change.lines.lowerBound] == first {
            change.new.removeFirst()
            change.lines = change.lines.lowerBound + 1..<change.lines.upperBound
        }
        while let last = change.new.last, !change.lines.isEmpty, lines[change.lines.upperBound - 1] == last {
            change.new.removeLast()
            change.lines = change.lines.lowerBound..<change.lines.upperBound - 1
        }
        return change.new.isEmpty && change.lines.isEmpty ? nil : change
    }

    // MARK: Hunks

    /// Changes whose contexts touch are shown together.
    private static func hunks(_ changes: [Change]) -> [[Change]] {
        changes.reduce(into: []) { hunks, change in
            if let last = hunks.last?.last, change.lines.lowerBound - last.lines.upperBound <= 2 * context {
                hunks[hunks.count - 1].append(change)
            } else {
                hunks.append([change])
            }
        }
    }

    /// - Parameter offset: The number of lines that the hunks so far have added.
    private static func write(
        _ hunk: [Change],
        _ lines: [ArraySlice<UInt8>],
        _ offset: inout Int,
        into output: inout [UInt8]
    ) {
        guard let first = hunk.first, let last = hunk.last else { return }
        let start = max(first.lines.lowerBound - context, 0)
        let end = min(last.lines.upperBound + context, lines.count)
        let added = hunk.reduce(0) { $0 + $1.new.count - $1.lines.count }
        let old = range(start, end - start)
        let new = range(start + offset, end - start + added)
        output += Array("@@ -\(old) +\(new) @@\n".utf8)
        offset += added
        var position = start
        for change in hunk {
            for line in lines[position..<change.lines.lowerBound] { write(" ", line, into: &output) }
            for line in lines[change.lines] { write("-", line, into: &output) }
            for line in change.new { write("+", line, into: &output) }
            position = change.lines.upperBound
        }
        for line in lines[position..<end] { write(" ", line, into: &output) }
    }

    private static func range(_ start: Int, _ count: Int) -> String {
        // A range without lines is represented by the line before it.
        let first = count == 0 ? start : start + 1
        return count == 1 ? "\(first)" : "\(first),\(count)"
    }

    private static func write(_ sign: Unicode.Scalar, _ line: ArraySlice<UInt8>, into output: inout [UInt8]) {
        output.append(UInt8(ascii: sign))
        output += line
        if line.last != UInt8(ascii: "\n") { output += Array("\n\\ No newline at end of file\n".utf8) }
    }

    // MARK: Names

    /// The path as written after `a/`.
    private static func path(_ name: String) -> String {
        var path = name[...]
        while path.hasPrefix("./") || path.hasPrefix("/") { path = path.drop { $0 == "." }.drop { $0 == "/" } }
        return String(path)
    }

    /// The name as git writes it: in quotation marks if it has special characters, and followed by a tab if it contains
    /// a space, so that the space is not taken for the end of the name.
    private static func quoted(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == 0x22 || $0 == 0x5c }) else {
            return name.utf8.contains(0x20) ? name + "\t" : name
        }
        let text = name.utf8.map { byte in
            switch byte {
            case 0x22, 0x5c: "\\" + String(UnicodeScalar(byte))
            case 0..<0x20, 0x7f...: "\\" + octal(byte)
            default: String(UnicodeScalar(byte))
            }
        }
        return "\"" + text.joined() + "\""
    }

    private static func octal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 8)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
