internal import ArgumentParser
internal import ProviderSupport

/// The subcommand that the words at the start of a command line name.
struct CommandPath {
    /// The word with which people ask for help, in the place of a subcommand.
    static let help = "help"

    /// The program, followed by the subcommands that are named.
    private(set) var commands: [any ParsableCommand.Type]
    /// What follows their names.
    private(set) var rest: ArraySlice<String>

    init(_ root: any ParsableCommand.Type, _ arguments: ArraySlice<String>) {
        commands = [root]
        rest = arguments
        follow(arguments)
    }

    /// Goes on from the last command with other words.
    mutating func follow(_ words: ArraySlice<String>) {
        rest = words
        while let next = command.configuration.subcommands.first(where: { $0._commandName == rest.first }) {
            commands.append(next)
            rest = rest.dropFirst()
        }
    }

    /// The command that is named last.
    var command: any ParsableCommand.Type { commands[commands.count - 1] }

    /// The command that runs: the last one, or the one that it runs by default.
    var running: any ParsableCommand.Type { command.configuration.defaultSubcommand ?? command }

    /// A command and all below it, each with the words that name it.
    static func all(
        from root: any ParsableCommand.Type
    ) -> [(command: any ParsableCommand.Type, words: [String])] {
        [(root, [])]
            + root.configuration.subcommands.flatMap { next in
                all(from: next).map { ($0.command, [next._commandName] + $0.words) }
            }
    }

    // MARK: Mistakes

    /// What is told of a word in the place of a subcommand that names none; nil if there is no such word.
    var unknownSubcommand: String? {
        let configuration = command.configuration
        guard !configuration.subcommands.isEmpty, let word = rest.first, !word.hasPrefix("-"), word != Self.help else {
            return nil
        }
        let names = configuration.subcommands.map { $0._commandName }
        let known = Spelling.suggestion(for: word, among: names + [Self.help, "version"])
        let advice = known.map { "; did you mean '\($0 == "version" ? "--version" : $0)'?" } ?? ""
        let listed = configuration.subcommands.map { subcommand in
            subcommand._commandName + (subcommand == configuration.defaultSubcommand ? " (default)" : "")
        }
        return "unknown subcommand '\(word)'\(advice)\nSubcommands: \(listed.joined(separator: ", "))"
    }
}
