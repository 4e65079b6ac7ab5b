internal import ArgumentParser
internal import JSON

/// The flags and the arguments that a command declares.
struct DeclaredFlags {
    struct Flag {
        /// Without dashes.
        let name: String
        let valueName: String
        let isHidden: Bool
        let isRequired: Bool
    }

    /// An argument that is no flag.
    struct Positional {
        /// What it is, in words such as "The shell.".
        let help: String
        let valueName: String
        let isRequired: Bool
        /// Whether it can be given several times.
        let isRepeating: Bool
    }

    let flags: [Flag]
    let positionals: [Positional]

    /// The argument parser's own flags.
    static let builtIn: Set<String> = [
        "h", "help", "help-hidden", "version", "experimental-dump-help",
    ]

    init(_ command: any ParsableCommand.Type) {
        // What the argument parser writes can be parsed; without it no flag would be known, which a test would show.
        let help = try? JSONTree(parsing: command._dumpHelp().utf8)
        let arguments = help?[path: ["command", "arguments"]]?.elements ?? []
        positionals = arguments.filter { $0["kind"]?.string == "positional" }.map { argument in
            Positional(
                help: argument["abstract"]?.string ?? "",
                valueName: argument["valueName"]?.string ?? "",
                isRequired: argument["isOptional"] == .literal("false"),
                isRepeating: argument["isRepeating"] == .literal("true")
            )
        }
        flags = arguments.filter { $0["kind"]?.string == "option" }.flatMap { argument in
            (argument["names"]?.elements ?? []).compactMap { $0["name"]?.string }.map { name in
                Flag(
                    name: name,
                    valueName: argument["valueName"]?.string ?? "",
                    isHidden: argument["shouldDisplay"] == .literal("false"),
                    isRequired: argument["isOptional"] == .literal("false")
                )
            }
        }
    }

    subscript(name: String) -> Flag? { flags.first { $0.name == name } }

    /// The long names, with which a misspelt one is compared.
    var names: [String] { flags.filter { !$0.isHidden && $0.name.count > 1 }.map(\.name) }
}
