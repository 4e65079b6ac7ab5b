internal import JSON

/// Text in the Common Expression Language, in which admission policies are written.
enum CELText {
    /// A string literal. CEL supports all of JSON's escapes (cel-spec, "String and Bytes Values").
    static func string(_ text: String) -> String { JSONString(text).lexeme }

    static func list(_ texts: [String]) -> String { "[\(texts.map(string).joined(separator: ", "))]" }

    /// The disjunction of conditions, with each on its own line.
    static func any(_ conditions: [String]) -> String { conditions.joined(separator: " ||\n") }

    /// The text with all lines except the first indented.
    ///
    /// - Parameter columns: The depth of the indentation.
    static func indented(_ text: String, by columns: Int) -> String {
        text.replacing("\n", with: "\n" + String(repeating: " ", count: columns))
    }
}
