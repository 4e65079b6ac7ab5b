internal import ArgumentParser
internal import Glibc

/// A command line that cannot be used.
struct CommandLineError: Error, CustomStringConvertible {
    /// What is wrong, and what to enter instead.
    let description: String
    /// The description, followed by where to read more.
    let report: String
}

extension AsyncParsableCommand {
    /// The command to run.
    ///
    /// - Parameter typed: The arguments in pflag's syntax.
    /// - Throws: `CommandLineError`, or what the argument parser throws to print a help text.
    static func command(typed: [String]) async throws -> any ParsableCommand {
        let arguments: [String]
        do throws(PFlagSyntax.Failure) {
            arguments = try PFlagSyntax.normalise(typed)
        } catch {
            throw CommandLineError(error.description, ValidationError(error.description), Self.self)
        }
        let mistakes = CommandLineMistakes(Self.self, arguments)
        if let text = mistakes.unknownSubcommand { throw CommandLineError(text, ValidationError(text), Self.self) }
        do {
            return try await asyncParseAsRoot(arguments)
        } catch {
            guard exitCode(for: error) == .validationFailure else { throw error }
            throw CommandLineError(mistakes.first ?? message(for: error), error, Self.self)
        }
    }

    /// Runs the command with the arguments of the process.
    static func runMain() async {
        do {
            var command = try await Self.command(typed: Array(CommandLine.arguments.dropFirst()))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as CommandLineError {
            StandardError.write(error.report + "\n")
            Glibc.exit(ExitCode.validationFailure.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}

extension CommandLineError {
    /// - Parameter error: An error of the argument parser, whose message is replaced with the text.
    fileprivate init(_ text: String, _ error: any Error, _ root: (some ParsableCommand).Type) {
        description = text
        let (message, full) = (root.message(for: error), root.fullMessage(for: error))
        report = message.isEmpty ? "Error: \(text)\n\(full)" : full.replacing(message, with: text, maxReplacements: 1)
    }
}
