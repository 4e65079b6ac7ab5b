import Testing

@testable import Kubernetes

@Suite("Unified diffs", .timeLimit(.minutes(5)))
struct UnifiedDiffTests {
    private func diff(_ text: String, _ edits: [TextEdit], name: String = "f") -> String {
        String(decoding: UnifiedDiff.text(name, Array(text.utf8), edits), as: UTF8.self)
    }

    /// Lines of one letter each.
    private static let letters = "abcdefghijklmnopqrstuvwxyz".map { "\($0)\n" }.joined()

    @Test("show three lines on either side, and nearby changes in one hunk")
    func hunks() {
        let edits = [TextEdit(8..<8, "1\n2\n"), TextEdit(20..<22, "K\n"), TextEdit(46..<48, "")]
        #expect(
            diff(Self.letters, edits) == """
                --- a/f
                +++ b/f
                @@ -2,13 +2,15 @@
                 b
                 c
                 d
                +1
                +2
                 e
                 f
                 g
                 h
                 i
                 j
                -k
                +K
                 l
                 m
                 n
                @@ -21,6 +23,5 @@
                 u
                 v
                 w
                -x
                 y
                 z

                """
        )
    }

    @Test("show a partly changed line as changed, and several edits of a line together")
    func partsOfLines() {
        let edits = [TextEdit(1..<1, "+"), TextEdit(2..<3, "Z\n")]
        #expect(diff("abc\nd\n", edits) == "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n-abc\n+a+bZ\n+\n d\n")
    }

    @Test("show where a file ends without a line feed")
    func openEnd() {
        #expect(
            diff("a\nb", [TextEdit(3..<3, "\nc")])
                == "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n"
                + "\\ No newline at end of file\n"
        )
        #expect(diff("a\n", [TextEdit(2..<2, "b\n")]) == "--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n a\n+b\n")
        #expect(
            diff("a\nb", [TextEdit(0..<0, "c\n")])
                == "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n+c\n a\n b\n\\ No newline at end of file\n"
        )
    }

    @Test("refer to no line in an empty file")
    func emptyFile() {
        #expect(diff("", [TextEdit(0..<0, "a\n")]) == "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+a\n")
        #expect(diff("a\n", [TextEdit(0..<2, "")]) == "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-a\n")
    }

    @Test("are empty if nothing changes")
    func nothing() {
        #expect(diff("a\n", []) == "")
        #expect(diff("a\n", [TextEdit(0..<1, "a")]) == "")
    }

    @Test(
        "name the file as git does",
        arguments: [
            ("./x/y.yaml", "a/x/y.yaml"), ("/tmp/x", "a/tmp/x"), ("a b", "a/a b\t"),
            ("a\"\t\u{e9}", #""a/a\"\011\303\251""#),
            ("./.x", "a/.x"), ("\u{e9}", "a/\u{e9}"), ("../x", "a/../x"),
        ]
    )
    func names(name: String, header: String) {
        let text = diff("a\n", [TextEdit(0..<1, "b")], name: name)
        #expect(
            text.hasPrefix(
                "--- \(header)\n+++ \(header.replacing("a/", with: "b/", maxReplacements: 1))\n@@ -1 +1 @@\n"
            )
        )
    }

    @Test("can be made line by line from two texts")
    func differences() {
        let (old, new) = (Array("a\nb\nc\nd\ne\n".utf8), Array("x\na\nc\nC\ne\nf".utf8))
        let edits = LineDifference.edits(from: old, to: new)
        #expect(
            edits == [TextEdit(0..<0, "x\n"), TextEdit(2..<4, ""), TextEdit(6..<8, "C\n"), TextEdit(10..<10, "f")]
        )
        #expect(edits.applied(to: old) == new)
        #expect(LineDifference.edits(from: old, to: old) == [])
    }
}
