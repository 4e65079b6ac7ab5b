internal import ArgumentParser
internal import JSON

/// The flags that a command declares.
struct DeclaredFlags {
    struct Flag {
        /// Without dashes.
        let name: String
        let valueName: String
        let isHidden: Bool
    }

    let flags: [Flag]
    /// Whether the command takes arguments that are not flags.
    let takesArguments: Bool

    /// The argument parser's own flags.
    static let builtIn: Set<String> = [
        "h", "help", "help-hidden", "version", "experimental-dump-help", "generate-completion-script",
    ]

    init(_ command: any ParsableCommand.Type) {
        // The argument parser's output can always be parsed; otherwise no flag would be known, which a test would show.
        let help = try? JSONTree(parsing: command._dumpHelp().utf8)
        let arguments = help?[path: ["command", "arguments"]]?.elements ?? []
        takesArguments = arguments.contains { $0["kind"]?.string == "positional" }
        flags = arguments.filter { $0["kind"]?.string == "option" }.flatMap { argument in
            (argument["names"]?.elements ?? []).compactMap { $0["name"]?.string }.map { name in
                Flag(
                    name: name,
                    valueName: argument["valueName"]?.string ?? "",
                    isHidden: argument["shouldDisplay"] == .literal("false")
                )
            }
        }
    }

    subscript(name: String) -> Flag? { flags.first { $0.name == name } }

    /// The long names, with which a misspelt name is compared.
    var names: [String] { flags.filter { !$0.isHidden && $0.name.count > 1 }.map(\.name) }
}
