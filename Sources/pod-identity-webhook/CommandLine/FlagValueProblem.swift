internal import GoSyntax
internal import ProviderSupport

/// Says why a value is not valid for its flag, on the basis of the type that `--help` shows.
enum FlagValueProblem {
    /// - Returns: Nil if the value has the form of its type.
    static func text(of value: String, for flag: DeclaredFlags.Flag) -> String? {
        wanted(flag.valueName, value).map { "--\(flag.name) must be \($0)" }
    }

    /// - Returns: Nil if the value has the form of its type.
    static func text(of value: String, for positional: DeclaredFlags.Positional) -> String? {
        let name = positional.help.prefix(1).lowercased() + positional.help.dropFirst().prefix { $0 != "." }
        return wanted(positional.valueName, value).map { "\(name) must be \($0)" }
    }

    /// Words as in "a, b or c".
    static func list(_ words: [String], _ conjunction: String = "or") -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
    }

    private static let integers: Set<String> = ["number", "level", "bytes"]

    private static func wanted(_ type: String, _ value: String) -> String? {
        // Too many digits for a number are no other form.
        let isNumber =
            Double(value) != nil && value.utf8.allSatisfy { $0 != UInt8(ascii: ".") && $0 < UInt8(ascii: "A") }
        return switch type {
        case "duration" where GoDuration(value) == nil: GoDuration.problem(of: value)
        case "seconds" where Int(value) == nil:
            isNumber
                ? "\(TokenExpiration.rangeText) seconds, not \(value)"
                : "a whole number of seconds, such as 3600, not \"\(value)\""
        case "port" where Int(value) == nil:
            isNumber ? "0 to 65535, not \(value)" : "a whole number, not \"\(value)\""
        case _ where integers.contains(type) && Int(value) == nil:
            isNumber ? "a smaller number, not \(value)" : "a whole number, not \"\(value)\""
        case "rate" where Double(value) == nil: "a number, not \"\(value)\""
        case "mode" where FileMode(argument: value) == nil:
            "file permissions, 0 to 0777, such as 0440, not \"\(value)\""
        default: choice(among: type.split(separator: "|").map(String.init), value)
        }
    }

    /// - Parameter names: The possible values; a single one is not a choice.
    private static func choice(among names: [String], _ value: String) -> String? {
        // The mode of Google's provider can have capitals.
        let isKnown = names.contains(value) || names.contains("gcloud") && names.contains(value.lowercased())
        return names.count < 2 || isKnown ? nil : list(names) + ", not \"\(value)\""
    }
}

extension GoDuration {
    /// What is wrong with a text that is not a duration, to be put after `must be`.
    static func problem(of text: String) -> String {
        let isNumber = Double(text) != nil && !text.contains { $0.isLetter }
        guard isNumber else { return "a duration such as 500ms, 30s or 1h30m, not \"\(text)\"" }
        return "a duration, not \"\(text)\": give a unit, such as \(text)s"
    }
}
