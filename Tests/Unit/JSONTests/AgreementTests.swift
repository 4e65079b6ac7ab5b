import JSON
import TestSupport
import Testing

@Suite("simdjson and the tree agree", .timeLimit(.minutes(5)))
struct AgreementTests {
    @Test("on valid JSON", arguments: JSONDocuments.valid)
    func good(document: String) throws {
        #expect(throws: Never.self) { try JSONParser().parse(Array(document.utf8)) { _ in } }
        #expect(throws: Never.self) { try JSONTree(parsing: document.utf8) }
    }

    @Test("on invalid JSON", arguments: JSONDocuments.invalid)
    func bad(document: String) {
        #expect(throws: JSONError.self) { try JSONParser().parse(Array(document.utf8)) { _ in } }
        #expect(throws: JSONError.self) { try JSONTree(parsing: document.utf8) }
    }

    /// RFC 8259 lets a parser set limits. An API server sends encoded Go values, which are within them.
    @Test(
        "except on numbers beyond 64 bits, infinite ones and unpaired surrogates, which simdjson refuses",
        arguments: ["12345678901234567890123", "-9223372036854775809", "1e400", #""\ud800""#, #""\udc00\ud800""#]
    )
    func limits(document: String) throws {
        #expect(throws: JSONError.self) { try JSONParser().parse(Array(document.utf8)) { _ in } }
        #expect(throws: Never.self) { try JSONTree(parsing: document.utf8) }
    }

    @Test(
        "on members with and without white space around their parts",
        arguments: ["\"\"", "\"s\"", #""\n""#, "{}", "{ }", "[]", "[ 1]", "1", "true", #"{"x":{},"y":"z"}"#],
        [#""name""#, #""""#, #""k:{\"a\":{}}""#]
    )
    func spacing(value: String, name: String) throws {
        for places in 0..<32 {
            func space(_ place: Int) -> String { places & 1 << place == 0 ? "" : " \n" }
            let member = "\(name)\(space(0)):\(space(1))\(value)\(space(2))"
            let document = "{\(space(3))\(member),\(space(4))\(member)}"
            let tree = try JSONTree(parsing: document.utf8)
            try JSONParser().parse(Array(document.utf8)) { #expect(JSONTree(copying: $0) == tree, "\(document)") }
            for wrong in ["{\(member),}", "{\(member)]", "{\(member) \(member)}", "{\(member)}}", "{\(member)"] {
                #expect(throws: JSONError.self, "\(wrong)") { try JSONParser().parse(Array(wrong.utf8)) { _ in } }
            }
        }
    }

    @Test("on the content of random documents")
    func random() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<500 {
            let tree = JSONTree.random(depth: 4, using: &generator)
            try JSONParser().parse(tree.bytes) { #expect(JSONTree(copying: $0) == tree) }
            #expect(try JSONTree(parsing: tree.pretty.utf8) == tree)
        }
    }
}

extension JSONTree {
    fileprivate static func random(depth: Int, using generator: inout some RandomNumberGenerator) -> JSONTree {
        let count = Int.random(in: 0...4, using: &generator)
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return [.null, .literal("true"), .literal("false")].randomElement(using: &generator) ?? .null
        case 1: return .literal("\(Int64.random(in: .min ... .max, using: &generator))")
        case 2: return .string(["", "a/b~c", "é\n", "\"\\", "😀"].randomElement(using: &generator) ?? "")
        case 3: return .string("text \(count)")
        case 4: return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
        default:
            let members = (0..<count).map { index in
                Member(key: JSONString("key/\(index)\n"), value: random(depth: depth - 1, using: &generator))
            }
            return .object(members)
        }
    }

    fileprivate init(copying value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .literal(value.bool ?? false ? "true" : "false")
        case .number: self = .literal(value.int.map { "\($0)" } ?? "not a whole number")
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map(JSONTree.init(copying:)))
        case .object:
            self = .object(
                value.members.map { Member(key: JSONString($0.key.string), value: JSONTree(copying: $0.value)) }
            )
        }
    }
}
