internal import ArgumentParser
internal import GoSyntax
internal import ProviderSupport

/// Finds out what is wrong with a command line that the argument parser rejects, and says what to enter instead.
struct CommandLineMistakes {
    private let root: any ParsableCommand.Type
    /// The command, and the arguments after its name.
    private var command: any ParsableCommand.Type
    private var rest: ArraySlice<String>
    /// The word in the place of a subcommand.
    private var unknownWord: String?

    /// - Parameter arguments: The command line in the form for the argument parser.
    init(_ root: any ParsableCommand.Type, _ arguments: [String]) {
        self.root = root
        command = root
        rest = arguments[...]
        while let word = rest.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else {
                if word != Self.help { unknownWord = word }
                return
            }
            command = next
            rest = rest.dropFirst()
        }
        command = command.configuration.defaultSubcommand ?? command
    }

    private static let help = "help"

    /// The message about a word that is not a subcommand; nil if there is none.
    var unknownSubcommand: String? {
        guard let unknownWord else { return nil }
        let configuration = command.configuration
        let names = configuration.subcommands.map { $0._commandName }
        let advice = Spelling.suggestion(for: unknownWord, among: names + [Self.help])
        let listed = configuration.subcommands.map { subcommand in
            subcommand._commandName + (subcommand == configuration.defaultSubcommand ? " (default)" : "")
        }
        return "unknown subcommand '\(unknownWord)'\(advice.map { "; did you mean '\($0)'?" } ?? "")\n"
            + "Subcommands: \(listed.joined(separator: ", "))"
    }

    /// The first mistake; nil if there is none that is recognised here.
    var first: String? {
        if let unknownSubcommand { return unknownSubcommand }
        let declared = DeclaredFlags(command)
        var rest = rest
        var previous: String?
        while let argument = rest.popFirst() {
            if argument == "--" { return nil }
            guard argument.hasPrefix("-"), argument != "-" else {
                guard declared.takesArguments || argument.isEmpty else {
                    return unexpected(argument, after: previous, declared)
                }
                continue
            }
            let name = String(argument.drop { $0 == "-" }.prefix { $0 != "=" })
            if DeclaredFlags.builtIn.contains(name) { continue }
            guard let flag = declared[name] else { return unknown(name, of: argument, declared) }
            if let start = argument.firstIndex(of: "="),
                let problem = FlagValueProblem.text(of: String(argument[start...].dropFirst()), for: flag)
            {
                return problem
            }
            previous = name
        }
        return nil
    }

    private func unexpected(_ argument: String, after previous: String?, _ declared: DeclaredFlags) -> String {
        let start = "unexpected argument '\(argument)'"
        if let previous, PFlagSyntax.booleans.contains(previous), GoSyntax.parseBool(argument) != nil {
            return "\(start); write --\(previous)=\(argument)"
        }
        if root.configuration.subcommands.contains(where: { $0._commandName == argument }) {
            return "\(start); a subcommand comes before all options"
        }
        return declared["filename"] == nil ? start : "\(start); did you mean '-f \(argument)'?"
    }

    private func unknown(_ name: String, of argument: String, _ declared: DeclaredFlags) -> String {
        let dashes = argument.hasPrefix("--") ? "--" : "-"
        let letter = PFlagSyntax.letters(of: "").first { $0.value == name && name.count > 1 }?.key
        let start = "unknown option '\(letter.map { "-\($0), " } ?? "")\(dashes)\(name)'"
        if let known = Spelling.suggestion(for: name, among: declared.names) {
            return "\(start); did you mean '--\(known)'?"
        }
        let others = root.configuration.subcommands.filter { $0 != command && DeclaredFlags($0)[name] != nil }
        return others.isEmpty
            ? start : "\(start); it is an option of \(others.map { $0._commandName }.joined(separator: ", "))"
    }
}
