/// What to do about a finding.
package struct Remedy: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// Nil if no command does it.
    private(set) var command: ShellCommand?
    /// What has to be known beside the command, in words that are never on its line.
    private(set) var note: String?

    package init(_ command: ShellCommand?, note: String? = nil) { (self.command, self.note) = (command, note) }

    package init(stringLiteral text: String) { self.init(ShellCommand(stringLiteral: text)) }

    package init(stringInterpolation: ShellCommand.StringInterpolation) {
        self.init(ShellCommand(stringInterpolation: stringInterpolation))
    }

    /// Whether it can be shown. A command with a text that is not seen as it is, or that is taken for something else, is not.
    private var isSafe: Bool { command?.isSafe ?? true }

    /// The command as it is shown.
    var shownCommand: String? { isSafe ? command?.text : nil }
    var shownNote: String? { isSafe ? note : nil }
    /// What a message says at its end if there would be a command.
    var shownReason: String { isSafe ? "" : Self.unsafe }

    static let unsafe = " (no command is given, because a name in it has characters that cannot be shown safely)"
}
