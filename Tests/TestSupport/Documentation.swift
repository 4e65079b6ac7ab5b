internal import Foundation

/// The tables in the pages under docs/.
package enum Documentation {
    /// The cells of each row of a section's tables, without backticks.
    package static func rows(_ section: String, of file: String = "reference.md") throws -> [[String]] {
        let text = try String(contentsOfFile: "\(TestFolders.repository)/docs/\(file)", encoding: .utf8)
        guard let start = text.range(of: "\n## \(section)\n") else { throw MissingSection(name: section) }
        let end = text[start.upperBound...].range(of: "\n## ")?.lowerBound ?? text.endIndex
        return text[start.upperBound..<end].split(separator: "\n").filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(1).components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces).replacingOccurrences(of: "`", with: "")
            }
        }
    }

    private struct MissingSection: Error {
        let name: String
    }
}
