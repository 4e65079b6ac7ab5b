import JSON
import Testing

@testable import Kubernetes

@Suite("Manifests that are changed in place", .timeLimit(.minutes(5)))
struct ManifestEditorTests {
    /// The text after the patches to its documents, and the lines of documents that had to be rewritten.
    private func edited(_ text: String, _ patches: [String]) throws -> (text: String, rewritten: [Int]) {
        let bytes = Array(text.utf8)
        let manifests = try Manifests.parse(bytes, file: "f.yaml")
        let changes = try zip(manifests, patches).map { manifest, patch in
            (manifest, try manifest.tree.applying(patch: JSONTree(parsing: patch.utf8)))
        }
        try #require(changes.count == manifests.count)
        let result = ManifestEditor(bytes).result(of: changes)
        let after = try #require(result.edits.applied(to: bytes))
        let read = try Manifests.parse(after, file: "f.yaml").map(\.tree)
        #expect(read.count == changes.count)
        for (tree, change) in zip(read, changes) { #expect(tree.isEquivalent(to: change.1)) }
        return (String(decoding: after, as: UTF8.self), result.rewritten.map(\.line))
    }

    private static let addB = #"[{"op":"add","path":"/m/b","value":"1"}]"#
    private static let addElement = #"[{"op":"add","path":"/l/-","value":{"k":"x","v":[1]}}]"#
    private static let setEmpty = #"[{"op":"add","path":"/m","value":{"b":"1"}}]"#
    private static let setList = #"[{"op":"add","path":"/l","value":[{"k":"x"}]}]"#

    @Test(
        "keep comments, and changes follow their style",
        arguments: [
            // Members of block mappings
            ("m:\n  a: 1 # c\n  # d\nz: 1\n", addB, "m:\n  a: 1 # c\n  b: \"1\"\n  # d\nz: 1\n"),
            ("m:\n    a: 1", addB, "m:\n    a: 1\n    b: \"1\""),
            ("m:\r\n  a: 1\r\nz: 1\r\n", addB, "m:\r\n  a: 1\r\n  b: \"1\"\r\nz: 1\r\n"),
            ("m:\n  a: |\n    x\n\nz: 1\n", addB, "m:\n  a: |\n    x\n  b: \"1\"\n\nz: 1\n"),
            ("m:\n  a: |+\n    x\n\nz: 1\n", addB, "m:\n  a: |+\n    x\n\n  b: \"1\"\nz: 1\n"),
            ("m:\n  a:\nz: 1\n", addB, "m:\n  a:\n  b: \"1\"\nz: 1\n"),
            ("m:\n  a: x\n   y\nz: 1\n", addB, "m:\n  a: x\n   y\n  b: \"1\"\nz: 1\n"),
            ("é: ü\nm:\n  a: ö # ä\n", addB, "é: ü\nm:\n  a: ö # ä\n  b: \"1\"\n"),
            ("m: # c\n  {a: 1}\n", addB, "m: # c\n  {a: 1, b: \"1\"}\n"),
            // Elements of block sequences
            ("l:\n- k: a\n# c\nz: 1\n", addElement, "l:\n- k: a\n- k: x\n  v:\n  - 1\n# c\nz: 1\n"),
            ("l:\n    - k: a\n", addElement, "l:\n    - k: a\n    - k: x\n      v:\n          - 1\n"),
            ("l:\n  -   k: a\n", addElement, "l:\n  -   k: a\n  -   k: x\n      v:\n        -   1\n"),
            ("l: !!seq\n- a\n", addElement, "l: !!seq\n- a\n- k: x\n  v:\n  - 1\n"),
            (
                "l: # c\n  # d\n  - a\n", #"[{"op":"add","path":"/l/0","value":{"k":"x","v":1}}]"#,
                "l: # c\n  # d\n  - k: x\n    v: 1\n  - a\n"
            ),
            (
                "l:\n- a\n# of b\n- b\n", #"[{"op":"add","path":"/l/1","value":"x"}]"#,
                "l:\n- a\n- x\n# of b\n- b\n"
            ),
            // Collections in brackets
            ("m: {a: 1}\n", addB, "m: {a: 1, b: \"1\"}\n"),
            ("m: { a: 1 }\n", addB, "m: { a: 1, b: \"1\" }\n"),
            ("m: {a: 1, } # c\n", addB, "m: {a: 1, b: \"1\" } # c\n"),
            ("m: {\n  a: 1 # c\n}\n", addB, "m: {\n  a: 1, # c\n  b: \"1\"\n}\n"),
            ("m: {\n  a: 1, # c\n}\n", addB, "m: {\n  a: 1, # c\n  b: \"1\",\n}\n"),
            ("m: {\"a\": 1}\n", addB, "m: {\"a\": 1, \"b\": \"1\"}\n"),
            ("l: [{k: a}]\n", addElement, "l: [{k: a}, {k: x, v: [1]}]\n"),
            ("l: [{ k: a }]\n", addElement, "l: [{ k: a }, { k: x, v: [1] }]\n"),
            ("l: [\n  a,\n]\n", addElement, "l: [\n  a,\n  {\n    k: x,\n    v: [\n      1\n    ]\n  },\n]\n"),
            // Empty values
            ("m: {} # c\nz: 1\n", setEmpty, "m: # c\n  b: \"1\"\nz: 1\n"),
            ("m: # c\nz: 1\n", setEmpty, "m: # c\n  b: \"1\"\nz: 1\n"),
            ("m: null\n", setEmpty, "m:\n  b: \"1\"\n"), ("m: ~", setEmpty, "m:\n  b: \"1\""),
            ("l: [] # c\n", setList, "l: # c\n- k: x\n"), ("l:\n", setList, "l:\n- k: x\n"),
            ("x:\n  - a\nl: []\n", setList, "x:\n  - a\nl:\n  - k: x\n"),
            ("{l: [], m: 1}\n", setList, "{l: [{k: x}], m: 1}\n"),
            ("{m: , z: 1}\n", setEmpty, "{m:  {b: \"1\"}, z: 1}\n"),
            // Other values
            ("m: 1 # c\n", #"[{"op":"replace","path":"/m","value":"yes"}]"#, "m: \"yes\" # c\n"),
            ("m: |\n  x\nz: 1\n", #"[{"op":"replace","path":"/m","value":"w"}]"#, "m: w\nz: 1\n"),
            ("m: {a: 'x'}\n", #"[{"op":"replace","path":"/m/a","value":"y,z"}]"#, "m: {a: \"y,z\"}\n"),
            (
                "l:\n- k: a\n  f: {}\n- b\n", #"[{"op":"replace","path":"/l/0","value":{"k":"a","v":"1"}}]"#,
                "l:\n- k: a\n  v: \"1\"\n- b\n"
            ),
            // Starts and ends of documents
            ("%YAML 1.1\n---\nm:\n  a: 1\n...\n", addB, "%YAML 1.1\n---\nm:\n  a: 1\n  b: \"1\"\n...\n"),
            ("--- {m: {a: 1}}\n", addB, "--- {m: {a: 1, b: \"1\"}}\n"),
            ("\u{feff}m:\n  a: 1\n", addB, "\u{feff}m:\n  a: 1\n  b: \"1\"\n"),
        ]
    )
    func yaml(before: String, patch: String, after: String) throws {
        let result = try edited(before, [patch])
        #expect(result.text == after)
        #expect(result.rewritten == [])
    }

    @Test(
        "can be JSON, on one line or on several",
        arguments: [
            (#"{"m":{"a":1}}"#, addB, #"{"m":{"a":1,"b":"1"}}"#),
            (#"{"m": {"a": 1}}"#, addB, #"{"m": {"a": 1, "b": "1"}}"#),
            ("{\n  \"m\": {\n    \"a\": 1\n  }\n}\n", addB, "{\n  \"m\": {\n    \"a\": 1,\n    \"b\": \"1\"\n  }\n}\n"),
            ("{\n\t\"m\": {}\n}\n", addB, "{\n\t\"m\": {\n\t\t\"b\": \"1\"\n\t}\n}\n"),
            ("{\n  \"m\": null\n}\n", setEmpty, "{\n  \"m\": {\n    \"b\": \"1\"\n  }\n}\n"),
            (#"{"l":[{"k":"\ud83d\ude00\/"}]}"#, addElement, #"{"l":[{"k":"\ud83d\ude00\/"},{"k":"x","v":[1]}]}"#),
        ]
    )
    func json(before: String, patch: String, after: String) throws {
        let result = try edited(before, [patch])
        #expect(result.text == after)
        #expect(result.rewritten == [])
    }

    @Test("can be several documents in one text, of which only some change")
    func documents() throws {
        let before = "# 1\nm: {a: 1}\n---\n# 2\nz: 1\n---\n# 3\nm:\n  a: 1\n--- # 4\n{\"m\":{}}{\"m\": {\"a\": 1}}\n"
        let after =
            "# 1\nm: {a: 1, b: \"1\"}\n---\n# 2\nz: 1\n---\n# 3\nm:\n  a: 1\n  b: \"1\"\n--- # 4\n"
            + "{\"m\":{\"b\":\"1\"}}{\"m\": {\"a\": 1, \"b\": \"1\"}}\n"
        let result = try edited(before, [Self.addB, "[]", Self.addB, Self.addB, Self.addB])
        #expect(result.text == after)
        #expect(result.rewritten == [])
    }

    @Test("change a value at its anchor once, if all its uses change")
    func sharedAnchor() throws {
        let patch = #"[{"op":"add","path":"/a/-","value":"w"},{"op":"add","path":"/b/-","value":"w"}]"#
        #expect(try edited("a: &x # c\n- x\nb: *x\n", [patch]).text == "a: &x # c\n- x\n- w\nb: *x\n")
        let merged = #"[{"op":"add","path":"/a/l/-","value":"w"},{"op":"add","path":"/b/l/-","value":"w"}]"#
        #expect(
            try edited("a: &x {l: [x]}\nb: {<<: *x, z: 1}\n", [merged]).text
                == "a: &x {l: [x, w]}\nb: {<<: *x, z: 1}\n"
        )
    }

    @Test(
        "have an alias written out if not all its uses change",
        arguments: [
            ("b", "a: &x\n- x\nb: *x # c\n", "a: &x\n- x\nb: # c\n- x\n- w\n"),
            ("a", "a: &x\n- x\nb: *x\n", "a: &x\n- x\n- w\nb:\n- x\n"),
            ("b", "{a: &x [x], b: *x}\n", "{a: &x [x], b: [x, w]}\n"),
        ]
    )
    func writtenOut(name: String, before: String, after: String) throws {
        let result = try edited(before, [#"[{"op":"add","path":"/\#(name)/-","value":"w"}]"#])
        #expect(result.text == after)
        #expect(result.rewritten == [])
    }

    @Test("get their own value for a mapping instead of a merged one that others keep")
    func mergedValue() throws {
        let before = "a: &x {l: [x]}\nb:\n  <<: *x\n  z: 1\n"
        let result = try edited(before, [#"[{"op":"add","path":"/b/l/-","value":"w"}]"#])
        #expect(result.text == "a: &x {l: [x]}\nb:\n  <<: *x\n  z: 1\n  l:\n  - x\n  - w\n")
        #expect(result.rewritten == [])
    }

    @Test("are rewritten only if there is no other way, and only those")
    func rewritten() throws {
        // An addition at the anchor would be merged into the other mapping too.
        let before = "# 1\nz: 1\n---\n# 2\na: &x\n  k: 1\nb:\n  <<: *x\n"
        let result = try edited(before, ["[]", #"[{"op":"add","path":"/a/n","value":"w"}]"#])
        #expect(result.text == "# 1\nz: 1\n---\na:\n  k: 1\n  \"n\": w\nb:\n  k: 1\n")
        #expect(result.rewritten == [5])
    }

    @Test(
        "are changed quickly if mappings have very many members, even merged ones",
        .timeLimit(.minutes(5)),
        arguments: ["a: 1", "<<: {z: 1}"]
    )
    func manyMembers(first: String) throws {
        let members = (0..<30_000).map { "\n  k\($0): v" }.joined()
        let text = "m:\n  \(first)\(members)\n"
        let result = try edited(text, [Self.addB])
        #expect(result.text == text + "  b: \"1\"\n")
    }

    @Test(
        "are changed in place if the file ends within a block scalar, whose text is preserved",
        arguments: [
            ("|\n    x", "|-\n    x"), (">\n    x\n    y", ">-\n    x\n    y"), ("|2\n    x", "|2-\n    x"),
            ("|+\n    x", "|-\n    x"), ("|- # c\n    x", "|- # c\n    x"), ("| # c\n    x", "|- # c\n    x"),
            ("|\n    x\n", "|\n    x"),
        ]
    )
    func openBlocks(before: String, after: String) throws {
        let result = try edited("# c\nm:\n  a: " + before, [Self.addB])
        let end = before.hasSuffix("\n") ? "\n" : ""
        #expect(result.text == "# c\nm:\n  a: \(after)\n  b: \"1\"" + end)
        #expect(result.rewritten == [])
    }

    @Test("keep their line ends and document separators when they are rewritten")
    func rewrittenInTheirPlace() throws {
        let document = "a: &x\r\n  k: 1\r\nb:\r\n  <<: *x\r\n"
        let patch = #"[{"op":"add","path":"/a/n","value":"w"}]"#
        let after = "a:\r\n  k: 1\r\n  \"n\": w\r\nb:\r\n  k: 1\r\n"
        for (before, separator) in [("--- !!map\r\n", "---\r\n"), ("%YAML 1.1\r\n---\r\n", "---\r\n"), ("", "")] {
            let result = try edited(before + document, [patch])
            #expect(result.text == separator + after)
        }
        let second = try edited("z: 1\r\n--- !!map\r\n" + document, ["[]", patch])
        #expect(second.text == "z: 1\r\n---\r\n" + after)
        #expect(second.rewritten.count == 1)
    }
}
