internal import ArgumentParser
internal import GoSyntax
internal import ProviderSupport

/// Finds what is wrong with a command line that the argument parser refuses, in words that say what to type instead.
struct CommandLineMistakes {
    private let root: any ParsableCommand.Type
    private let path: CommandPath
    private let declared: DeclaredFlags
    /// The command line in the syntax of pflag.
    private let typed: [String]
    /// What follows the command's name, in the form that the argument parser takes.
    private let arguments: ArraySlice<String>

    /// - Parameter typed: The command line in the syntax of pflag.
    init(_ root: any ParsableCommand.Type, _ typed: [String]) {
        self.root = root
        self.typed = typed
        // What has no such form is an error of its own.
        path = CommandPath(root, ((try? PFlagSyntax.normalise(typed)) ?? [])[...])
        declared = DeclaredFlags(path.running)
        arguments = path.rest
    }

    private var command: any ParsableCommand.Type { path.running }

    /// The first mistake; nil if there is none that is known here.
    var first: String? {
        if let text = path.unknownSubcommand { return text }
        var rest = arguments
        var previous: DeclaredFlags.Flag?
        var (flags, positionals): (Set<String>, Int) = ([], 0)
        var areFlagsOver = false
        while let argument = rest.popFirst() {
            guard areFlagsOver || argument == "-" || !argument.hasPrefix("-") else {
                let name = String(argument.drop { $0 == "-" }.prefix { $0 != "=" })
                areFlagsOver = argument == "--"
                if areFlagsOver || DeclaredFlags.builtIn.contains(name) { continue }
                guard let flag = declared[name] else { return unknown(name, of: argument) }
                if let problem = problem(in: argument, of: value(in: argument, &rest), for: flag) { return problem }
                flags.insert(name)
                previous = flag
                continue
            }
            guard let positional = positional(at: positionals) else { return unexpected(argument, after: previous) }
            if let problem = FlagValueProblem.text(of: argument, for: positional) { return problem }
            positionals += 1
            previous = nil
        }
        return missing(flags, positionals)
    }

    private func positional(at index: Int) -> DeclaredFlags.Positional? {
        let all = declared.positionals
        if index < all.count { return all[index] }
        return all.last.flatMap { $0.isRepeating ? $0 : nil }
    }

    /// A flag as it was typed, by its letter or its name.
    ///
    /// - Parameter argument: How the argument parser takes it.
    private func shown(_ name: String, in argument: String) -> String {
        guard argument.hasPrefix("--") else { return "-\(name)" }
        let letter = PFlagSyntax.letters(of: typed.first ?? "").first { $0.value == name }?.key
        let isByName = typed.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
        guard let letter, !isByName, typed.contains(where: { $0.hasPrefix("-\(letter)") }) else { return "--\(name)" }
        return "-\(letter)"
    }

    // MARK: Values

    /// An empty value is an argument of its own; nil if there is none at all.
    private func value(in argument: String, _ rest: inout ArraySlice<String>) -> String? {
        if let start = argument.firstIndex(of: "=") { return String(argument[start...].dropFirst()) }
        return rest.first?.isEmpty ?? false ? rest.removeFirst() : nil
    }

    private func problem(in argument: String, of value: String?, for flag: DeclaredFlags.Flag) -> String? {
        let isMissing = "\(shown(flag.name, in: argument)) needs a value"
        guard let value else { return isMissing }
        guard let problem = FlagValueProblem.text(of: value, for: flag) else { return nil }
        return value.isEmpty ? isMissing : problem
    }

    /// What the command needs and was not given.
    private func missing(_ flags: Set<String>, _ positionals: Int) -> String? {
        var needs = declared.flags.filter { $0.isRequired && $0.name.count > 1 && !flags.contains($0.name) }.map {
            flag in
            let letter = PFlagSyntax.letters(of: "").first { $0.value == flag.name }?.key
            guard flag.name != "filename" else { return "-f FILE, or -f - for standard input" }
            return "\(letter.map { "-\($0)" } ?? "--\(flag.name)") \(flag.valueName.uppercased())"
        }
        needs += declared.positionals.dropFirst(positionals).filter(\.isRequired).map { positional in
            let choices = positional.valueName.split(separator: "|").map(String.init)
            return choices.count > 1 ? FlagValueProblem.list(choices) : positional.valueName.uppercased()
        }
        guard !needs.isEmpty else { return nil }
        let name = path.commands.dropFirst().map { $0._commandName }.joined(separator: " ")
        return "\(name) needs \(needs.joined(separator: " and "))"
    }

    // MARK: Words

    /// The flags that have the place of arguments that people type.
    private static let flagOfArguments = ["mutate": "-f", "doctor": "-n", "trust-policy": "--service-account"]

    private func unexpected(_ argument: String, after previous: DeclaredFlags.Flag?) -> String {
        guard !argument.isEmpty else { return "unexpected empty argument" }
        let start = "unexpected argument '\(argument)'"
        if let previous, PFlagSyntax.booleans.contains(previous.name) {
            let flag = shown(previous.name, in: "--\(previous.name)")
            if let value = Self.truth(argument) { return "\(flag) takes no separate value; write \(flag)=\(value)" }
            if Int(argument) != nil { return "\(start); \(flag) takes no value" }
        }
        if root.configuration.subcommands.contains(where: { $0._commandName == argument }) {
            return "\(start); a subcommand comes before all options"
        }
        return Self.flagOfArguments[command._commandName].map { "\(start); did you mean '\($0) \(argument)'?" } ?? start
    }

    private static func truth(_ text: String) -> Bool? {
        GoSyntax.parseBool(text) ?? ["yes": true, "on": true, "no": false, "off": false][text.lowercased()]
    }

    private func unknown(_ name: String, of argument: String) -> String {
        let start = "unknown option '\(shown(name, in: argument))'"
        if command == DoctorCommand.self, ["A", "all-namespaces"].contains(name) {
            return "\(start); doctor looks at all namespaces unless you pass -n"
        }
        if let known = suggestion(for: name) { return "\(start); did you mean '--\(known)'?" }
        let others = CommandPath.all(from: root).filter { other, words in
            !words.isEmpty && other != command && DeclaredFlags(other)[name] != nil
        }
        guard !others.isEmpty else { return start }
        return "\(start); it is an option of \(others.map { $0.words.joined(separator: " ") }.joined(separator: ", "))"
    }

    /// The flag that is spelt like a name, or the only one that begins with it.
    private func suggestion(for name: String) -> String? {
        if name == "V" { return "version" }
        let names = declared.names + ["help", "version"]
        if let near = Spelling.suggestion(for: name, among: names) { return near }
        let longer = names.filter { $0.hasPrefix(name) }
        return name.count > 2 && longer.count == 1 ? longer.first : nil
    }
}
