import JSON
import Testing

@Suite("A JSON pointer", .timeLimit(.minutes(5)))
struct JSONPointerTests {
    @Test(
        "escapes each name, and parses it again",
        arguments: [
            ([], ""), ([""], "/"), (["a"], "/a"), (["a/b"], "/a~1b"), (["m~n"], "/m~0n"), (["~1"], "/~01"),
            (["/~"], "/~1~0"), (["a", "", "b"], "/a//b"), ([" ", "\"", "%", "é"], "/ /\"/%/é"), (["\r\n"], "/\r\n"),
            (["metadata", "labels", "eks.amazonaws.com/x"], "/metadata/labels/eks.amazonaws.com~1x"),
            (["\u{301}a", "b"], "/\u{301}a/b"),
        ]
    )
    func escaping(names: [String], expected: String) {
        let pointer = names.reduce(JSONPointer()) { $0.appending(key: $1) }
        #expect(Array(pointer.description.utf8) == Array(expected.utf8))
        #expect(JSONPointer(expected).tokens == names)
    }

    @Test("may have any length", arguments: 55..<75)
    func length(count: Int) {
        let name = String(repeating: "n", count: count)
        let pointer = JSONPointer().appending(key: name)
        #expect(pointer.description == "/\(name)")
        let longer = pointer.appending(key: "a/b").appending(index: 1203).appending(key: "x" as StaticString)
        #expect(longer.description == "/\(name)/a~1b/1203/x" && longer != pointer)
        #expect(JSONPointer("/\(name)") == pointer && longer.tokens == [name, "a/b", "1203", "x"])
    }

    @Test("accepts indices and the place after the last element")
    func lists() {
        let list = JSONPointer().appending(key: "list")
        #expect(list.appending(index: 12).description == "/list/12")
        #expect(list.appendingEnd().description == "/list/-")
        #expect(list.appendingEnd().tokens == ["list", "-"])
    }

    @Test(
        "is invalid without a slash at the start, or with a tilde that escapes nothing",
        arguments: ["a", " /a", "/a~", "/~2/b"]
    )
    func malformed(text: String) {
        #expect(JSONPointer(text).tokens == nil)
    }
}
