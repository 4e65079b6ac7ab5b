import JSON
import Testing

@Suite("A value includes another one", .timeLimit(.minutes(5)))
struct InclusionTests {
    @Test(
        "if objects have more members, and lists of named objects have more names",
        arguments: [
            (#"{"a":1,"b":2}"#, #"{"a":1}"#, true),
            (#"{"a":1}"#, #"{"a":1,"b":2}"#, false),
            (#"{"a":"1"}"#, #"{"a":1}"#, false),
            (#"{"a":null}"#, #"{"a":null}"#, true),
            (#"{"a":true}"#, #"{"a":false}"#, false),
            (#"{"a":[]}"#, #"{"a":{}}"#, false),
            (#"[1,2]"#, #"[1]"#, false),
            (#"[{"path":"a"},{"path":"b"}]"#, #"[{"path":"a"}]"#, false),
            (#"[{"name":"x"},{"name":"a","more":1}]"#, #"[{"name":"a"}]"#, true),
            (#"[{"name":"a"},{"name":"a","value":"other"}]"#, #"[{"name":"a"}]"#, false),
            (#"[{"name":"b"},{"name":"a"}]"#, #"[{"name":"a"},{"name":"b"}]"#, false),
            (#"[{"name":"a"}]"#, #"[{"name":"a"},{"name":"b"}]"#, false),
            (#"[{"x":1},{"name":"a"}]"#, #"[{"name":"a"}]"#, false),
            (#"[{"name":"a"}]"#, "[]", false),
        ]
    )
    func includes(own: String, other: String, isIncluded: Bool) throws {
        let tree = try JSONTree(parsing: other.utf8)
        #expect(try JSONParser().parse(Array(own.utf8)) { $0.includes(tree) } == isIncluded)
    }
}
