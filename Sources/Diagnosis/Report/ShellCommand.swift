/// A command line that can be pasted into a POSIX shell or zsh. Interpolated texts come from users who may write
/// objects of the cluster, so each is a single word: nothing in it ends the word, and it cannot be an option. There are
/// no comments, because an interactive zsh treats `#` as a word.
package struct ShellCommand: Hashable, Sendable, ExpressibleByStringInterpolation {
    private(set) var text: String
    /// Whether all of it is visible before it is run: every interpolated text is printable ASCII, and is taken
    /// literally.
    private(set) var isSafe: Bool

    /// The prefixes of values that the AWS CLI interprets as files, lists or objects.
    private static let actedOnByAWS = ["file://", "fileb://", "[", "{"]

    package init(stringLiteral text: String) { (self.text, isSafe) = (text, true) }

    package init(stringInterpolation: StringInterpolation) {
        (text, isSafe) = (stringInterpolation.text, stringInterpolation.isSafe)
    }

    private init(_ text: String, isSafe: Bool) { (self.text, self.isSafe) = (text, isSafe) }

    /// These texts as words.
    ///
    /// - Parameter options: Options and their values, which come from this program.
    static func words(_ texts: some Sequence<String>, options: [String] = []) -> ShellCommand {
        let words = texts.reduce("" as ShellCommand) { command, text in
            command.text.isEmpty ? "\(text)" : "\(command) \(text)"
        }
        return options.reduce(words) { $0 + ShellCommand(" \($1.shellWord)", isSafe: $1.isPrintableASCII) }
    }

    static func + (one: ShellCommand, other: ShellCommand) -> ShellCommand {
        ShellCommand(one.text + other.text, isSafe: one.isSafe && other.isSafe)
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""
        fileprivate var isSafe = true

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { text += literal }

        /// One word, or a part of one.
        package mutating func appendInterpolation(_ word: String) {
            let isOption = word.utf8.first == UInt8(ascii: "-") && (text.isEmpty || text.hasSuffix(" "))
            isSafe = isSafe && !isOption && word.isPrintableASCII
            text += word.shellWord
        }

        /// A value for the AWS CLI.
        package mutating func appendInterpolation(aws value: String) {
            let isActedOn = ShellCommand.actedOnByAWS.contains { value.hasPrefix($0) }
            isSafe = isSafe && !isActedOn && !value.utf8.contains(UInt8(ascii: " "))
            appendInterpolation(value)
        }

        package mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

        /// A part of the command line that is already a `ShellCommand`.
        package mutating func appendInterpolation(_ part: ShellCommand) {
            text += part.text
            isSafe = isSafe && part.isSafe
        }
    }
}

extension String {
    /// Whether all of it is visible to a reader.
    fileprivate var isPrintableASCII: Bool { utf8.allSatisfy { (0x20...0x7e).contains($0) } }

    /// The text as one word of a shell's command line. It is quoted by Unicode scalars: followed by a combining mark, a
    /// quotation mark is a different `Character`, but still ends the word.
    package var shellWord: String {
        let isPlain = !isEmpty && utf8.first != UInt8(ascii: "=") && unicodeScalars.allSatisfy(\.isPlainInShell)
        guard !isPlain else { return self }
        var word = "'".unicodeScalars
        for scalar in unicodeScalars {
            if scalar == "'" { word.append(contentsOf: #"'\''"#.unicodeScalars) } else { word.append(scalar) }
        }
        word.append("'")
        return String(word)
    }
}

extension Unicode.Scalar {
    fileprivate var isPlainInShell: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", ":", "=", ",", "@", "%", "+": true
        default: false
        }
    }
}
