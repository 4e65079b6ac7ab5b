internal import ArgumentParser

/// The types of values, as `--help` shows them. `FlagValueProblem` knows some of them.
extension ArgumentHelp {
    static func value(_ name: String, _ text: String) -> ArgumentHelp { ArgumentHelp(text, valueName: name) }
    static func boolean(_ text: String) -> ArgumentHelp { value("true|false", text) }
    static func bytes(_ text: String) -> ArgumentHelp { value("bytes", text) }
    static func duration(_ text: String) -> ArgumentHelp { value("duration", text) }
    static func json(_ text: String) -> ArgumentHelp { value("json", text) }
    static func name(_ text: String) -> ArgumentHelp { value("name", text) }
    static func number(_ text: String) -> ArgumentHelp { value("number", text) }
    static func path(_ text: String) -> ArgumentHelp { value("path", text) }
    static func seconds(_ text: String) -> ArgumentHelp { value("seconds", text) }
    static func url(_ text: String) -> ArgumentHelp { value("url", text) }
}
