internal import ArgumentParser
internal import Glibc
internal import ServiceSupport

/// A command line that cannot be used.
struct CommandLineError: Error, CustomStringConvertible {
    /// What is wrong, and what to type instead.
    let description: String
    /// The description, followed by where to read more.
    let report: String

    /// - Parameter command: The command in whose help there is more.
    init(_ text: String, _ command: any ParsableCommand.Type, in root: any ParsableCommand.Type) {
        description = text
        // What was typed must not control the terminal.
        let text = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onlyPrintable }
            .joined(separator: "\n")
        report = "Error: \(text)\n\(HelpText.usage(of: command, in: root))"
    }
}

extension AsyncParsableCommand {
    /// The command that was typed.
    ///
    /// - Parameter typed: The arguments, in the syntax of pflag.
    /// - Throws: `CommandLineError`, `HelpRequest`, or what the argument parser throws to print a text.
    static func command(typed: [String]) async throws -> any ParsableCommand {
        if let command = try commandToExplain(typed) {
            throw HelpRequest(text: HelpText.help(of: command, in: Self.self))
        }
        let path = CommandPath(Self.self, typed[...])
        try requireKnown(path)
        // The argument parser's script knows neither files nor the flags of the default subcommand.
        let generator = "--generate-completion-script"
        if typed.prefix(while: { $0 != "--" }).contains(where: { $0 == generator || $0.hasPrefix(generator + "=") }) {
            let isInstead = configuration.subcommands.contains { $0 == CompletionCommand.self }
            let advice = isInstead ? "; did you mean 'completion'?" : ""
            throw CommandLineError("unknown option '\(generator)'\(advice)", path.running, in: Self.self)
        }
        do {
            return try await asyncParseAsRoot(try PFlagSyntax.normalise(typed))
        } catch {
            let failure = error as? PFlagSyntax.Failure
            guard failure != nil || exitCode(for: error) == .validationFailure else { throw error }
            if PFlagSyntax.asksForHelp(typed, DeclaredFlags(path.running)) {
                throw HelpRequest(text: HelpText.help(of: path.running, in: Self.self))
            }
            let text = failure?.description ?? CommandLineMistakes(Self.self, typed).first ?? message(for: error)
            throw CommandLineError(text, path.running, in: Self.self)
        }
    }

    /// The command whose help is asked for by the word `help`, or by a flag before the command's name; nil if there is none.
    private static func commandToExplain(_ typed: [String]) throws(CommandLineError) -> (any ParsableCommand.Type)? {
        var path = CommandPath(Self.self, typed[...])
        guard let word = path.rest.first, [CommandPath.help, "--help", "-h"].contains(word) else { return nil }
        guard !path.command.configuration.subcommands.isEmpty else {
            return word == CommandPath.help && DeclaredFlags(path.command).positionals.isEmpty ? path.command : nil
        }
        let names = path.rest.dropFirst()
        guard word == CommandPath.help || !(names.first?.hasPrefix("-") ?? true) else { return nil }
        path.follow(names)
        try requireKnown(path)
        return path.command
    }

    private static func requireKnown(_ path: CommandPath) throws(CommandLineError) {
        if let text = path.unknownSubcommand { throw CommandLineError(text, path.command, in: Self.self) }
    }

    /// Runs the command with the arguments of the process.
    static func runMain() async {
        let typed = Array(CommandLine.arguments.dropFirst())
        do {
            if typed.first == CompletionCandidates.request {
                return try StandardOutput.write(Array(CompletionCandidates(Self.self, typed.dropFirst()).text.utf8))
            }
            try await run(try await command(typed: typed))
        } catch let error as CommandLineError {
            StandardError.write(error.report + "\n")
            Glibc.exit(ExitCode.validationFailure.rawValue)
        } catch let request as HelpRequest {
            exit(withError: CleanExit.message(request.text))
        } catch {
            guard exitCode(for: error) == .success else { exit(withError: error) }
            exit(withError: CleanExit.message(HelpText.adapted(fullMessage(for: error), to: Self.self)))
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { throw error }
            throw CommandLineError(message(for: error), type(of: command), in: Self.self)
        }
    }
}
