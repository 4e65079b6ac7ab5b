/// What to do about a finding.
package struct Remedy: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// Nil if there is no command for it.
    private(set) var command: ShellCommand?
    /// What to know in addition to the command, in words that are never on the same line.
    private(set) var note: String?

    package init(_ command: ShellCommand?, note: String? = nil) { (self.command, self.note) = (command, note) }

    package init(stringLiteral text: String) { self.init(ShellCommand(stringLiteral: text)) }

    package init(stringInterpolation: ShellCommand.StringInterpolation) {
        self.init(ShellCommand(stringInterpolation: stringInterpolation))
    }

    /// Whether the remedy can be shown. A command is not shown if it contains a text that is not displayed as it is, or
    /// that would be interpreted as something else.
    private var isSafe: Bool { command?.isSafe ?? true }

    /// The command as it is shown.
    var shownCommand: String? { isSafe ? command?.text : nil }
    var shownNote: String? { isSafe ? note : nil }
    /// What to add to a message if there is a command that cannot be shown.
    var shownReason: String { isSafe ? "" : Self.unsafe }

    static let unsafe = " (no command is given, because a name in it has characters that cannot be shown safely)"
}
