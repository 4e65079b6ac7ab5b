import JSON
import Testing

@testable import Kubernetes

@Suite("Manifests in YAML and JSON", .timeLimit(.minutes(5)))
struct ManifestsTests {
    private func parse(_ text: String, flatteningLists: Bool = false) throws -> [Manifest] {
        try Manifests.parse(Array(text.utf8), file: "f.yaml", flatteningLists: flatteningLists)
    }

    private func json(_ text: String) throws -> [String] {
        try parse(text).map { String(decoding: $0.tree.bytes, as: UTF8.self) }
    }

    @Test(
        "have plain scalars that are read as Kubernetes' YAML library does",
        arguments: [
            ("true", "true"), ("True", "true"), ("yes", "true"), ("on", "true"), ("y", "true"), ("OFF", "false"),
            ("n", "false"), ("null", "null"), ("~", "null"), ("", "null"), ("yEs", #""yEs""#), ("nul", #""nul""#),
            ("1", "1"), ("-1", "-1"), ("+1", "1"), ("1_000", "1000"), ("0x1F", "31"), ("-0x1f", "-31"),
            ("0644", "420"), ("0o644", "420"), ("0b101", "5"), ("08", "8"), ("0", "0"), ("-0", "-0"),
            ("18446744073709551615", "18446744073709551615"), ("123456789012345678901", "123456789012345678901"),
            ("1.50", "1.50"), ("1.", "1"), (".5", "0.5"), ("-.5", "-0.5"), ("00.5", "0.5"), ("1e3", "1e3"),
            ("+1.e+3", "1e+3"), ("1e", #""1e""#), (".", #"".""#), ("0x", #""0x""#),
            ("0x-1", #""0x-1""#), ("1.2.3", #""1.2.3""#), ("100m", #""100m""#), ("12:30", #""12:30""#),
            ("2001-01-01", #""2001-01-01""#), ("_1", #""_1""#), ("'1'", #""1""#), ("\"yes\"", #""yes""#),
            ("!!str 1", #""1""#), ("!!int \"12\"", "12"), ("!!float 1", "1"), ("!!bool yes", "true"),
            ("!Ref x", #""x""#), ("arn:aws:iam::1:role/r", #""arn:aws:iam::1:role/r""#), ("-v", #""-v""#),
        ]
    )
    func scalars(yaml: String, expected: String) throws {
        #expect(try json("a: " + yaml) == [#"{"a":\#(expected)}"#])
    }

    @Test(
        "have keys that are strings",
        arguments: [
            ("yes: 1", "true"), ("1: 1", "1"), ("0x10: 1", "16"), ("\"yes\": 1", "yes"), ("a b: 1", "a b"),
            ("? a\n: 1", "a"), ("\"<<\": 1", "<<"),
        ]
    )
    func keys(yaml: String, expected: String) throws {
        #expect(try json(yaml) == [#"{"\#(expected)":1}"#])
    }

    @Test("have anchors, aliases and merge keys resolved in order")
    func merging() throws {
        let yaml = """
            base: &base {a: 1, b: 2}
            other: &other {b: 3, c: 4}
            one: {<<: *base, b: 9}
            two: {b: 9, <<: [*base, *other]}
            list: &list [x]
            again: *list
            """
        #expect(
            try json(yaml) == [
                #"{"base":{"a":1,"b":2},"other":{"b":3,"c":4},"one":{"a":1,"b":9},"two":{"b":9,"a":1,"c":4},"#
                    + #""list":["x"],"again":["x"]}"#
            ]
        )
    }

    @Test("are split into documents, without empty ones")
    func documents() throws {
        let text = """
            # a comment
            %YAML 1.1
            ---
            a: 1
            --- # the second
            ---

            { "b" : 1.0e1, "c": "\\u0041\\/" }
            { "d": "}\\"}" }
            ---
            {e: f}
            ...
            ---
            g: |
              text
            --- {h: 1}
            ---
            """
        let manifests = try parse(text)
        #expect(manifests.map(\.line) == [4, 8, 9, 11, 14, 16])
        #expect(
            manifests.map { String(decoding: $0.tree.bytes, as: UTF8.self) } == [
                #"{"a":1}"#, #"{"b":1.0e1,"c":"\u0041\/"}"#, #"{"d":"}\"}"}"#, #"{"e":"f"}"#, #"{"g":"text\n"}"#,
                #"{"h":1}"#,
            ]
        )
    }

    @Test("can have other systems' line ends and byte order marks")
    func otherSystems() throws {
        #expect(try json("\u{feff}a: 1\r\n---\r\nb: 2\r\n") == [#"{"a":1}"#, #"{"b":2}"#])
        #expect(try json("") == [])
        #expect(try json("---\n# nothing\n") == [])
    }

    @Test("can be flattened from lists, including items that do not name their kind")
    func lists() throws {
        let text = """
            apiVersion: v1
            kind: List
            items:
            - {apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: ns}}
            - apiVersion: v1
              kind: ServiceAccountList
              items: [{metadata: {name: b}}]
            - {kind: SecretList, items: null}
            ---
            {kind: AccessList}
            """
        #expect(try parse(text).map(\.kind) == ["List", "AccessList"])
        let flat = try parse(text, flatteningLists: true)
        #expect(flat.map(\.kind) == ["ServiceAccount", "ServiceAccount", "AccessList"])
        #expect(flat.map(\.apiVersion) == ["v1", "v1", nil])
        #expect(flat.map(\.name) == ["a", "b", nil])
        #expect(flat.map(\.namespace) == ["ns", nil, nil])
        #expect(flat.map(\.line) == [1, 1, 10])
    }

    @Test(
        "are refused with the line of the error",
        arguments: [
            ("a: 1\n---\nb: [", 3, "malformed YAML"),
            ("a: 1\nb: 2\n---\nc: 1\n\"c\": 2", 5, "'c' appears twice"),
            ("a: 1\na: 2", 2, "'a' appears twice"),
            ("x: 1\n1: a\n'1': b", 3, "'1' appears twice"),
            ("a:\n  b: *nope", 2, "undefined alias"),
            ("a: 1\n b: 2", 2, "malformed YAML"),
            ("a: \tb\n\tc: d", 2, "malformed YAML"),
            ("a: 1\n---\n- b", 3, "a manifest is an object"),
            ("\n\nhello", 3, "a manifest is an object"),
            ("a: .nan", 1, "no number '.nan'"),
            ("a: 1\nb: !!int x", 2, "'x' is not of the type int"),
            ("a: !!binary aGk=", 1, "!!binary is not supported"),
            ("~: 1", 1, "not null"),
            ("[1]: 1", 1, "a key must be a string"),
            ("a: 1\n<<: 2", 2, "merge key"),
            ("x: &x {b: 1}\ny:\n  <<: *x\n  b: 2\n  b: 3", 5, "'b' appears twice"),
            ("a: 1\n---\n{\"b\": 1,\n \"c\": nope}x", 4, "malformed JSON"),
            ("{\"a\": 1,\n\"b\": ]", 2, "malformed"),
            ("kind: List\nitems: 3", 1, "are not a list"),
            ("kind: List\nitems: [3]", 1, "item 0 of this List"),
            ("a: \u{1}", 1, "malformed YAML: control characters are not allowed"),
        ]
    )
    func errors(text: String, line: Int, reason: String) {
        let error = #expect(throws: KubernetesError.self) { try parse(text, flatteningLists: true) }
        #expect(error?.description.hasPrefix("f.yaml:\(line): ") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("are refused if they are not UTF-8")
    func notUTF8() {
        #expect(throws: KubernetesError.manifest(file: "f", line: 0, reason: "the text is not UTF-8")) {
            try Manifests.parse([0x61, 0x3a, 0xff], file: "f")
        }
    }

    @Test("are refused with an alias bomb or endless nesting")
    func bombs() {
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(throws: KubernetesError.self) { try parse(bomb) }
        let deep = "a: " + String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
        #expect(throws: KubernetesError.self) { try parse(deep) }
    }

    @Test("are refused with aliases that nest ever deeper")
    func deepAliases() throws {
        let inner = String(repeating: "[", count: 150) + String(repeating: "]", count: 150)
        let outer = { String(repeating: "[", count: $0) + "*a" + String(repeating: "]", count: $0) }
        #expect(try parse("a: &a \(inner)\nb: \(outer(50))").count == 1)
        #expect(throws: KubernetesError.self) { try parse("a: &a \(inner)\nb: \(outer(150))") }
    }

    @Test(
        "are refused with aliases that repeat a long text too often, wherever it is",
        arguments: ["&text \(long)", "&text [\(long)]", "&text {a: {b: [\(long)]}}", "&text {? \(long) : 1}"]
    )
    func longTexts(anchored: String) throws {
        func text(uses: Int) -> String {
            "a: \(anchored)\nb:\n" + String(repeating: "- *text\n", count: uses)
        }
        let error = #expect(throws: KubernetesError.self) { try parse(text(uses: 100)) }
        #expect(error?.description.contains("aliases expand to too much text") == true)
        #expect(try parse(text(uses: 40)).first?.tree["b"]?.elements?.count == 40)
    }

    private static let long = "'" + String(repeating: "x", count: 20_000) + "'"
}
