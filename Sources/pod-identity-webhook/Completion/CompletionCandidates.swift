internal import ArgumentParser
internal import AzureIdentity

/// What can stand in the place of the last word of a command line. The scripts that `completion` prints ask for it.
struct CompletionCandidates: Equatable {
    /// The word before the command line with which the scripts ask.
    static let request = "__complete"

    /// Behind `=` only the value, without the flag.
    private(set) var words: [String] = []
    /// Whether it is the name of a file or a folder.
    private(set) var areFiles = false

    /// - Parameter typed: What follows the name of the program, up to the word to complete, which may be empty.
    init(_ root: any ParsableCommand.Type, _ typed: some Collection<String>) {
        let current = Array(typed).last ?? ""
        var path = CommandPath(root, Array(typed).dropLast())
        if path.rest.first == CommandPath.help {
            path.follow(path.rest.dropFirst())
            if path.rest.isEmpty { words = Self.subcommands(of: path) }
        } else if path.unknownSubcommand == nil {
            find(path, current, Line(path, letters: PFlagSyntax.letters(of: Array(typed).first ?? "")))
        }
        words = words.filter { $0.hasPrefix(Self.part(of: current)) }
    }

    /// For the scripts: what kind the candidates are, and then each in a line.
    var text: String { ([areFiles ? "files" : "words"] + words).map { "\($0)\n" }.joined() }

    /// The words before the one to complete.
    private struct Line {
        let declared: DeclaredFlags
        /// The flag whose value the word to complete is.
        private(set) var flag: DeclaredFlags.Flag?
        /// How many arguments there are that are no flags.
        private(set) var positionals = 0

        init(_ path: CommandPath, letters: [Character: String]) {
            declared = DeclaredFlags(path.running)
            for word in path.rest {
                guard flag == nil else {
                    flag = nil
                    continue
                }
                if word.hasPrefix("-"), word != "-" {
                    flag = PFlagSyntax.flagBeforeValue(word, among: declared, letters)
                } else {
                    positionals += 1
                }
            }
        }
    }

    private mutating func find(_ path: CommandPath, _ current: String, _ line: Line) {
        let declared = line.declared
        if let flag = line.flag {
            complete(flag.valueName, current)
        } else if current.hasPrefix("--"), let end = current.firstIndex(of: "=") {
            if let flag = declared[PFlagSyntax.ownName(of: String(current[..<end].dropFirst(2)))] {
                complete(flag.valueName, Self.part(of: current))
            }
        } else if current.hasPrefix("-") {
            words = (declared.names + ["help", "version"]).map { "--\($0)" }
        } else if !path.command.configuration.subcommands.isEmpty {
            if path.rest.isEmpty { words = Self.subcommands(of: path) + [CommandPath.help] }
        } else if let positional = declared.positionals.last {
            let count = declared.positionals.count
            if line.positionals < count || positional.isRepeating { complete(positional.valueName, current) }
        }
    }

    private static func subcommands(of path: CommandPath) -> [String] {
        path.command.configuration.subcommands.map { $0._commandName }
    }

    /// The part of a word that candidates begin with.
    private static func part(of word: String) -> String {
        guard word.hasPrefix("--"), let end = word.firstIndex(of: "=") else { return word }
        return String(word[end...].dropFirst())
    }

    /// - Parameter type: The type that `--help` shows.
    private mutating func complete(_ type: String, _ value: String) {
        switch type {
        case "path": areFiles = true
        case "cloud": words = AzureCloud.allCases.map(\.rawValue)
        case "clouds":
            let given = value.split(separator: ",", omittingEmptySubsequences: false).dropLast()
            let others = IdentityOptions.Cloud.allCases.map(\.rawValue).filter { !given.contains($0[...]) }
            words = others.map { (given + [$0[...]]).joined(separator: ",") }
        default: words = type.contains("|") ? type.split(separator: "|").map(String.init) : []
        }
    }
}
