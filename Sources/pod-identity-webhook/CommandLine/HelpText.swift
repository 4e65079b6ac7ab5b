internal import ArgumentParser

/// The help of commands, in the syntax that `PFlagSyntax` reads.
enum HelpText {
    static func help(of command: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> String {
        adapted(root.helpMessage(for: command), to: root)
    }

    /// One line on what can be typed, and one on where to read more.
    static func usage(of command: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> String {
        let words = CommandPath.all(from: root).first { $0.command == command }?.words ?? []
        let name = ([root._commandName] + words).joined(separator: " ")
        return """
            Usage: \(adapted(root.usageString(for: command), to: root))
              See '\(name) --help' for more information.
            """
    }

    /// - Parameters:
    ///   - text: A text of the argument parser, for which booleans take their value as other flags do. What takes its
    ///     place has the same length, so that columns stay where they are.
    ///   - root: Examples call the program by its name.
    static func adapted(_ text: String, to root: any ParsableCommand.Type) -> String {
        calling(
            text.replacing(" <true|false>", with: "[=true|false]").replacing(" <options>", with: " [<options>]"),
            as: root
        )
    }

    /// The text, in which the subcommands of `root` are called by its name.
    static func calling(_ text: String, as root: any ParsableCommand.Type) -> String {
        root.configuration.subcommands.reduce(text) { text, command in
            let words = " \(command._commandName)"
            return text.replacing(PodIdentityWebhook._commandName + words, with: root._commandName + words)
        }
    }
}

/// A command line that asks for a help text.
struct HelpRequest: Error {
    let text: String
}
