internal import JSON

/// Writes files that are well-formed regardless of the texts in them.
enum FileText {
    /// In bytes. The file is passed in an annotation, and all annotations of a pod together may have at most 256 KiB.
    static let maximumBytes = 16 * 1024

    /// - Parameter root: An object.
    /// - Throws: The reason why the file cannot be written in this format.
    static func write(_ root: JSONTree, as format: FileContent.Format) throws(FileError) -> String {
        let members = root.members ?? []
        let text =
            switch format {
            case .json: String(decoding: root.bytes, as: UTF8.self)
            case .toml: TOMLText.write(members)
            case .ini: try INIText.write(members)
            case .properties: PropertiesText.write(members)
            }
        guard text.utf8.count <= maximumBytes else {
            throw FileError(reason: "the file has \(text.utf8.count) bytes; at most \(maximumBytes) are allowed")
        }
        return text
    }
}

struct FileError: Error, Equatable {
    let reason: String
}
