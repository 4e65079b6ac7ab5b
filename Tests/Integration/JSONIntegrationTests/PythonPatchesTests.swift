import JSON
import TestPrograms
import Testing

@Suite("Patches, compared with Python", .timeLimit(.minutes(1)))
struct PythonPatchesTests {
    /// Python's `jsonpatch` determines the expected results, including failures.
    private static let table: [(document: String, patches: [String])] = [
        (
            #"{"a":{"b":[1,2,3]},"c":null,"d/e":1,"m~n":2,"":3,"0":4}"#,
            [
                "[]", #"[{"op":"add","path":"/x","value":{"y":[]}}]"#, #"[{"op":"add","path":"/c","value":1}]"#,
                #"[{"op":"add","path":"/a/b/0","value":0}]"#, #"[{"op":"add","path":"/a/b/3","value":4}]"#,
                #"[{"op":"add","path":"/a/b/-","value":4},{"op":"add","path":"/a/b/-","value":5}]"#,
                #"[{"op":"add","path":"/a/b/4","value":4}]"#, #"[{"op":"add","path":"/a/b/01","value":4}]"#,
                #"[{"op":"add","path":"/a/b/-1","value":4}]"#, #"[{"op":"add","path":"/a/b/x","value":4}]"#,
                #"[{"op":"add","path":"/a/b/","value":4}]"#, #"[{"op":"add","path":"/no/b","value":4}]"#,
                #"[{"op":"add","path":"/d~1e","value":4}]"#, #"[{"op":"add","path":"/m~0n","value":4}]"#,
                #"[{"op":"add","path":"/","value":4}]"#, #"[{"op":"add","path":"/0","value":5}]"#,
                #"[{"op":"add","path":"/c/d","value":5}]"#, #"[{"op":"add","path":"","value":[1]}]"#,
                #"[{"op":"add","path":"a","value":1}]"#, #"[{"op":"add","path":"/x"}]"#, #"[{"op":"add","value":1}]"#,
                #"[{"op":"add","path":"/m~2","value":1}]"#, #"[{"op":"add","path":"/m~","value":1}]"#,
                #"[{"op":"remove","path":"/a/b/1"}]"#, #"[{"op":"remove","path":"/c"}]"#,
                #"[{"op":"remove","path":"/x"}]"#,
                #"[{"op":"remove","path":"/a/b/3"}]"#, #"[{"op":"remove","path":"/a/b/-"}]"#,
                #"[{"op":"remove","path":"/d~1e"}]"#, #"[{"op":"remove","path":"/d/e"}]"#,
                #"[{"op":"replace","path":"/a/b/1","value":{"x":1.0}}]"#, #"[{"op":"replace","path":"/x","value":1}]"#,
                #"[{"op":"replace","path":"/a/b/3","value":1}]"#, #"[{"op":"replace","path":"","value":{"z":1}}]"#,
                #"[{"op":"replace","path":"/c"}]"#, #"[{"op":"replace","path":"/c","value":null}]"#,
                #"[{"op":"move","from":"/a/b/0","path":"/a/b/2"}]"#, #"[{"op":"move","from":"/a/b","path":"/b"}]"#,
                #"[{"op":"move","from":"/a","path":"/a/b"}]"#, #"[{"op":"move","from":"/x","path":"/y"}]"#,
                #"[{"op":"move","from":"/a","path":"/a"}]"#, #"[{"op":"move","path":"/a"}]"#,
                #"[{"op":"move","from":"/a/b/2","path":"/a/b/3"}]"#, #"[{"op":"move","from":"/c","path":"/d~1e"}]"#,
                #"[{"op":"copy","from":"/a/b","path":"/c"}]"#, #"[{"op":"copy","from":"/a/b/0","path":"/a/b/-"}]"#,
                #"[{"op":"copy","from":"/x","path":"/y"}]"#,
                #"[{"op":"test","path":"/a","value":{"b":[1,2,3.0]}}]"#,
                #"[{"op":"test","path":"/a/b","value":[1,3,2]}]"#,
                #"[{"op":"test","path":"/c","value":null}]"#, #"[{"op":"test","path":"/x","value":null}]"#,
                #"[{"op":"test","path":"","value":{"0":4,"":3,"m~n":2,"d/e":1,"c":null,"a":{"b":[1,2,3]}}}]"#,
                #"[{"op":"test","path":"/a/b/-","value":1}]"#, #"[{"op":"test","path":"/c","value":0}]"#,
                #"[{"op":"test","path":"/c","value":"null"}]"#, #"[{"op":"test","path":"/c"}]"#,
                #"[{"op":"frobnicate","path":"/a"}]"#, #"[{"path":"/a","value":1}]"#,
                #"[{"op":"add","path":"/x","value":1},{"op":"test","path":"/x","value":2}]"#,
                #"[{"op":"remove","path":"/a"},{"op":"add","path":"/a/b","value":2}]"#,
            ]
        ),
        (
            #"[[1],{"é":"x"},12345678901234567890,"e\u0301"]"#,
            [
                #"[{"op":"add","path":"/-","value":1}]"#, #"[{"op":"add","path":"/0/0","value":0}]"#,
                #"[{"op":"test","path":"/1/é","value":"\u0078"}]"#, #"[{"op":"test","path":"/1/e\u0301","value":"x"}]"#,
                #"[{"op":"test","path":"/2","value":12345678901234567890}]"#,
                #"[{"op":"test","path":"/2","value":12345678901234567891}]"#,
                #"[{"op":"test","path":"/3","value":"\u00e9"}]"#, #"[{"op":"add","path":"/1/e\u0301","value":"y"}]"#,
                #"[{"op":"move","from":"/1","path":"/0"}]"#,
                #"[{"op":"remove","path":"/0/0"},{"op":"remove","path":"/0"}]"#,
                #"[{"op":"replace","path":"/0/0","value":1.50}]"#,
                #"[{"op":"add","path":"/1000000000000000000000","value":1}]"#,
            ]
        ),
        (#""text""#, [#"[{"op":"replace","path":"","value":1}]"#, #"[{"op":"add","path":"/a","value":1}]"#]),
    ]

    private static let script = """
        import json, jsonpatch, jsonpointer, sys
        def apply(document, patch):
            try:
                return {"result": jsonpatch.apply_patch(document, patch)}
            except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
                return {"error": str(error)}
        json.dump([apply(*case) for case in json.load(sys.stdin)], sys.stdout)
        """

    @Test("have the same results and failures as with Python's jsonpatch")
    func agreement() async throws {
        let cases = try Self.table.flatMap { document, patches in
            try patches.map { (try JSONTree(parsing: document.utf8), try JSONTree(parsing: $0.utf8)) }
        }
        let answers = try await Python.json(Self.script, .array(cases.map { .array([$0, $1]) })).elements ?? []
        #expect(answers.count == cases.count)
        for ((document, patch), answer) in zip(cases, answers) {
            let result = try? document.applying(patch: patch)
            let isSame = result.map { answer["result"]?.isEquivalent(to: $0) ?? false } ?? (answer["error"] != nil)
            #expect(isSame, "\(patch.pretty)\ngives\n\(result?.pretty ?? "an error"), not\n\(answer.pretty)")
        }
    }
}
