internal import ArgumentParser

/// The help of commands, in the syntax that `PFlagSyntax` reads.
enum HelpText {
    static func help(of command: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> String {
        inPFlagSyntax(root.helpMessage(for: command))
    }

    /// One line on what can be typed, and one on where to read more.
    static func usage(of command: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> String {
        let words = CommandPath.all(from: root).first { $0.command == command }?.words ?? []
        let name = ([root._commandName] + words).joined(separator: " ")
        return """
            Usage: \(inPFlagSyntax(root.usageString(for: command)))
              See '\(name) --help' for more information.
            """
    }

    /// - Parameter text: A text of the argument parser, for which booleans take their value as other flags do. What takes
    ///   its place has the same length, so that columns stay where they are.
    static func inPFlagSyntax(_ text: String) -> String {
        text.replacing(" <true|false>", with: "[=true|false]").replacing(" <options>", with: " [<options>]")
    }
}

/// A command line that asks for a help text.
struct HelpRequest: Error {
    let text: String
}
