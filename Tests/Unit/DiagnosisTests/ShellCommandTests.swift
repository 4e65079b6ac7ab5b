import Testing

@testable import Diagnosis

@Suite("A command in a remedy", .timeLimit(.minutes(5)))
struct ShellCommandTests {
    /// The word that a POSIX shell reads, in which text is in single quotation marks or escaped outside of them; nil if
    /// anything else is outside, or if the word does not end.
    private func read(_ word: String) -> [UInt8]? {
        var (value, isQuoted): ([UInt8], Bool) = ([], false)
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "'"): isQuoted.toggle()
            case _ where isQuoted: value.append(byte)
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else { return nil }
                value.append(next)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "/"): value.append(byte)
            default: return nil
            }
        }
        return isQuoted ? nil : value
    }

    @Test(
        "quotes any text as one complete word",
        arguments: [
            "", "plain", "a/b-c", "it's", "'", "''", "a'\u{301}; reboot #", "a'\u{fe0f}$(reboot)", "a'\u{200d}|reboot",
            "'\u{301}'\u{301}", "a\nb", "a\tb", "a   b ", " a", "=a", "~", "$(x)`y`\\", "é", "a\u{0}b",
        ]
    )
    func words(text: String) {
        #expect(read(text.shellWord) == Array(text.utf8), "\(text.shellWord.debugDescription)")
    }

    @Test(
        "is not shown with text that may look different from what it is, or that is an option",
        arguments: [
            ("shop", "x shop"), ("a   b", "x 'a   b'"), ("it's", #"x 'it'\''s'"#), ("a-b", "x a-b"), ("", "x ''"),
            ("a\nb", nil), ("a\tb", nil), ("a'\u{301}", nil), ("a\u{fe0f}", nil), ("a\u{200d}b", nil), ("é", nil),
            ("a\u{7f}", nil), ("-a", nil), ("--all", nil),
        ]
    )
    func shown(text: String, command: String?) {
        let finding = Finding(.pods, .problem, .olderThanRole, "a", "old", remedy: Remedy("x \(text)", note: "n"))
        #expect(finding.remedy == command && finding.note == command.map { _ in "n" })
        #expect(
            finding.message
                == (command == nil
                    ? "old (no command is given, because a name in it has characters that cannot be shown safely)"
                    : "old")
        )
        let inner: ShellCommand = "\(text)"
        #expect(Remedy("x \(inner)").shownCommand == command)
    }

    @Test("may have text that begins like an option after an equals sign")
    func values() {
        #expect(Remedy("x --name=\("-a")").shownCommand == "x --name=-a")
        #expect(Remedy("\("-a")").shownCommand == nil)
        #expect(Remedy("x \(ShellCommand.words(["a", "-a"]))").shownCommand == nil)
        #expect(Remedy("x \(ShellCommand.words(["a b", "c"]))").shownCommand == "x 'a b' c")
    }

    @Test(
        "has no value that the AWS CLI would interpret",
        arguments: [
            ("sts.amazonaws.com", true), ("https://kubernetes.default.svc", true), ("a'b", true), ("-a", false),
            ("file:///etc/passwd", false), ("fileb://x", false), ("[\"a\"]", false), ("{}", false), ("a b", false),
            ("a\tb", false), ("é", false),
        ]
    )
    func aws(value: String, isShown: Bool) {
        #expect((Remedy("aws iam x --client-id-list \(aws: value)").shownCommand != nil) == isShown)
    }
}
