import ProviderSupport
import Testing

@Suite("A misspelt word", .timeLimit(.minutes(5)))
struct SpellingTests {
    @Test(
        "is corrected if a known word is similar enough for its length",
        arguments: [
            ("anotation", "annotation"), ("Volumes", "volumes"), ("mont", "mount"), ("mutat", "mutate"),
            ("mtuate", "mutate"), ("prot", "port"), ("nmae", "name"), ("rolearn", "role-arn"), ("foo", nil),
            ("xyz", nil), ("prat", nil), ("", nil), ("p", nil), (String(repeating: "x", count: 100_000), nil),
        ] as [(String, String?)]
    )
    func spelling(_ word: String, _ suggestion: String?) {
        let known = ["annotation", "volumes", "mount", "mutate", "port", "name", "role-arn"]
        #expect(Spelling.suggestion(for: word, among: known) == suggestion)
    }

    @Test(
        "in an annotation is compared without the prefix",
        arguments: [
            (
                "rolearn",
                "unknown annotation eks.amazonaws.com/rolearn ignored; did you mean eks.amazonaws.com/role-arn?"
            ),
            (
                "audeince",
                "unknown annotation eks.amazonaws.com/audeince ignored; did you mean eks.amazonaws.com/audience?"
            ),
            ("other", "unknown annotation eks.amazonaws.com/other ignored"),
            ("", "unknown annotation eks.amazonaws.com/ ignored"),
        ]
    )
    func annotations(_ name: String, _ text: String) {
        let known = ["eks.amazonaws.com/role-arn", "eks.amazonaws.com/audience", "example.com/other"]
        let prefix = "eks.amazonaws.com/"
        #expect(Spelling.unknownAnnotation(prefix + name, prefix: prefix, known: known) == text)
    }
}
