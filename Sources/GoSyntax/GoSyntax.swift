/// Parsers that match Go's standard library, which defines the syntax of the Amazon EKS webhook's annotations.
package enum GoSyntax {
    /// Parses as `strconv.ParseBool` does; nil if that returns an error.
    package static func parseBool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    /// Parses a sign and decimal digits as `strconv.ParseInt(text, 10, 64)` does; nil if that returns an error.
    package static func parseInt(_ text: String) -> Int64? { Int64(text, radix: 10) }

    /// Cleans as `filepath.Clean` does on Unix: removes empty, `.` and inner `..` elements and the slash at the end.
    package static func cleanPath(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var elements: [Substring] = []
        for element in path.split(separator: "/") where element != "." {
            if element != ".." {
                elements.append(element)
            } else if let last = elements.last, last != ".." {
                elements.removeLast()
            } else if !isAbsolute {
                elements.append(element)
            }
        }
        let joined = elements.joined(separator: "/")
        if isAbsolute { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The first record that `encoding/csv` reads from a text; nil if that returns an error or finds none.
    package static func csvRecord(_ text: String) -> [String]? {
        var lines = text.unicodeScalars[...]
        while let first = lines.first, first == "\n" || first == "\r" { lines.removeFirst() }
        guard !lines.isEmpty else { return nil }
        var fields: [String] = []
        while true {
            guard let (field, separator) = csvField(&lines) else { return nil }
            fields.append(field)
            if separator != "," { return fields }
        }
    }

    /// Removes one field and what ended it: a comma, a line feed or, as nil, the end of the text.
    private static func csvField(_ rest: inout Substring.UnicodeScalarView) -> (String, Unicode.Scalar?)? {
        var field = String.UnicodeScalarView()
        let isQuoted = rest.first == "\""
        if isQuoted {
            rest.removeFirst()
            while true {
                guard let scalar = rest.popFirst() else { return nil }
                if scalar == "\"" {
                    guard rest.first == "\"" else { break }
                    rest.removeFirst()
                }
                field.append(scalar)
            }
        }
        while let scalar = rest.popFirst() {
            if scalar == "," || scalar == "\n" { return (String(field), scalar) }
            if scalar == "\r", rest.first ?? "\n" == "\n" { continue }
            // A quotation mark in an unquoted field is an error, as is anything after a quoted one.
            guard !isQuoted, scalar != "\"" else { return nil }
            field.append(scalar)
        }
        return (String(field), nil)
    }
}
