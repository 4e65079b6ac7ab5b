import JSON
import Testing

@Suite("A JSON patch", .timeLimit(.minutes(5)))
struct PatchingTests {
    @Test(
        "reports which operation fails, and why",
        arguments: [
            ("{}", 0, "a patch is an array"), ("[1]", 0, "'path' must be a JSON pointer"),
            (#"[{"op":"add","path":"","value":{}},{"op":"remove","path":"/a"}]"#, 1, "no 'a'"),
            (#"[{"op":"nop","path":""}]"#, 0, "'nop' is not an operation"), (#"[{"op":"add"}]"#, 0, "'path' must be"),
            (#"[{"op":"add","path":"a/b","value":1}]"#, 0, "'path' must be"),
            (#"[{"op":"copy","path":"/x"}]"#, 0, "'from' must be"),
            (#"[{"op":"add","path":"/x"}]"#, 0, "'value' is missing"),
            (#"[{"op":"remove","path":"/list/7"}]"#, 0, "no element '7'"),
            (#"[{"op":"test","path":"/list/0","value":2}]"#, 0, "the value at /list/0 is a different one"),
            (#"[{"op":"move","from":"/list","path":"/list/0"}]"#, 0, "/list cannot be moved into itself"),
        ]
    )
    func errors(patch: String, operation: Int, reason: String) throws {
        let document = try JSONTree(parsing: #"{"list":[1]}"#.utf8)
        let error = #expect(throws: JSONError.self) { try document.applying(patch: JSONTree(parsing: patch.utf8)) }
        let message = try #require(error?.description)
        #expect(message.hasPrefix("operation \(operation) of the JSON patch: ") && message.contains(reason))
    }

    @Test("can copy the whole document, which Python's implementation cannot")
    func copyOfRoot() throws {
        let document = try JSONTree(parsing: #"{"a":1}"#.utf8)
        let patch = try JSONTree(parsing: #"[{"op":"copy","from":"","path":"/self"}]"#.utf8)
        #expect(try document.applying(patch: patch) == JSONTree(parsing: #"{"a":1,"self":{"a":1}}"#.utf8))
    }

    @Test("preserves the rest of the document byte for byte")
    func lexemes() throws {
        let document = #"{"a":1.0,"\u0062":[1e3,"\u00e9"],"list":[{"x":12345678901234567890123}]}"#
        let patch = #"[{"op":"add","path":"/b/-","value":2.50},{"op":"add","path":"/list/0/y","value":"\/"}]"#
        let result = try JSONTree(parsing: document.utf8).applying(patch: JSONTree(parsing: patch.utf8))
        #expect(
            String(decoding: result.bytes, as: UTF8.self)
                == #"{"a":1.0,"\u0062":[1e3,"\u00e9",2.50],"list":[{"x":12345678901234567890123,"y":"\/"}]}"#
        )
    }

    @Test("counts its operations, and is written as an array")
    func writing() throws {
        var patch = JSONPatch()
        #expect(patch.isEmpty && patch.bytes == Array("[]".utf8) && patch.byteCount == 2)
        patch.add(JSONPointer().appending(key: "a/b")) { $0.string("\"") }
        patch.replace(JSONPointer("/list/0")) { $0.object { $0.member("x", 1) } }
        #expect(patch.count == 2 && !patch.isEmpty && patch.byteCount == patch.bytes.count)
        #expect(
            String(decoding: patch.bytes, as: UTF8.self)
                == #"[{"op":"add","path":"/a~1b","value":"\""},{"op":"replace","path":"/list/0","value":{"x":1}}]"#
        )
    }

    @Test("is empty beyond its maximum size, and reports that", arguments: [false, true])
    func tooLarge(appending: Bool) throws {
        let text = String(repeating: "x", count: JSONPatch.maximumBytes / 2 - 100)
        var half = JSONPatch()
        half.add(JSONPointer("/a")) { $0.string(text) }
        var patch = half
        patch.add(JSONPointer("/b")) { $0.string("y") }
        #expect(!patch.isTooLarge && patch.count == 2)
        for _ in 0..<2 {
            if appending { patch.append(half) } else { patch.add(JSONPointer("/a")) { $0.string(text) } }
        }
        #expect(patch.isTooLarge && patch.isEmpty && patch.bytes == Array("[]".utf8))
        patch.add(JSONPointer("/c")) { $0.string("z") }
        patch.append(half)
        #expect(patch.isTooLarge && patch.isEmpty)
        half.append(patch)
        #expect(half.isTooLarge && half.isEmpty)
    }

    @Test(
        "has precomputed operations that equal those written for each object",
        arguments: ["", "/spec/containers/7", #"/a"b\c/~0~1"#, "/\u{1}", "/" + String(repeating: "long", count: 40)]
    )
    func templates(pointer: String) {
        let object = JSONPointer(pointer)
        let values = ["{}", #""é""#, "[1]"].map { Array($0.utf8) }
        for path in [JSONPointer("/list/-"), JSONPointer().appending(key: #"x/y~"\#u{2}"#)] {
            for count in 0...3 {
                var (copied, written) = (JSONPatch(), JSONPatch())
                for _ in 0..<2 {
                    copied.append(JSONPatchTemplate(adding: Array(values[..<count]), at: path), to: object)
                    for value in values[..<count] {
                        written.add(JSONPointer(object.description + path.description)) { $0.raw(value) }
                    }
                }
                #expect(copied.bytes == written.bytes && copied.count == written.count)
            }
        }
    }

    @Test("limits the size of precomputed operations too")
    func templatesTooLarge() {
        let value = Array("\"\(String(repeating: "x", count: JSONPatch.maximumBytes / 2 - 40))\"".utf8)
        var patch = JSONPatch()
        patch.append(JSONPatchTemplate(adding: [value], at: JSONPointer("/a")), to: JSONPointer())
        #expect(!patch.isTooLarge && patch.count == 1)
        patch.append(JSONPatchTemplate(adding: [value, value], at: JSONPointer("/a")), to: JSONPointer())
        #expect(patch.isTooLarge && patch.isEmpty)
        patch.append(JSONPatchTemplate(adding: [[0x31]], at: JSONPointer("/a")), to: JSONPointer())
        #expect(patch.isTooLarge && patch.isEmpty)
    }
}
