internal import JSON

/// Text in the Common Expression Language, in which admission policies are written.
enum CELText {
    /// A string literal. CEL knows all escapes of JSON (cel-spec, "String and Bytes Values").
    static func string(_ text: String) -> String { JSONString(text).lexeme }

    static func list(_ texts: [String]) -> String { "[\(texts.map(string).joined(separator: ", "))]" }

    /// Conditions of which one suffices, each on a line of its own.
    static func any(_ conditions: [String]) -> String { conditions.joined(separator: " ||\n") }

    /// The text with all lines but the first indented.
    ///
    /// - Parameter columns: How far, in columns.
    static func indented(_ text: String, by columns: Int) -> String {
        text.replacing("\n", with: "\n" + String(repeating: " ", count: columns))
    }
}
