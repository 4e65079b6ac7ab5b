internal import GoSyntax

/// Says why a value is not valid for its flag, on the basis of the type that `--help` shows.
enum FlagValueProblem {
    /// - Returns: Nil if the value has the form of its type.
    static func text(of value: String, for flag: DeclaredFlags.Flag) -> String? {
        wanted(flag.valueName, value).map { "--\(flag.name) must be \($0)" }
    }

    private static let integers: Set<String> = ["number", "port", "level", "bytes"]

    private static func wanted(_ type: String, _ value: String) -> String? {
        switch type {
        case "duration" where GoDuration(value) == nil: GoDuration.problem(of: value)
        case "seconds" where Int(value) == nil: "a whole number of seconds, such as 3600, not \"\(value)\""
        case _ where integers.contains(type) && Int(value) == nil: "a whole number, not \"\(value)\""
        case "rate" where Double(value) == nil: "a number, not \"\(value)\""
        case "mode" where FileMode(argument: value) == nil:
            "file permissions, 0 to 0777, such as 0440, not \"\(value)\""
        default: choice(among: type.split(separator: "|").map(String.init), value)
        }
    }

    /// - Parameter names: The possible values; a single one is not a choice.
    private static func choice(among names: [String], _ value: String) -> String? {
        guard let last = names.last, names.count > 1, !names.contains(value.lowercased()) else { return nil }
        return names.dropLast().joined(separator: ", ") + " or \(last), not \"\(value)\""
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
