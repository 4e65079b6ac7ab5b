import JSON
import Testing

@testable import Kubernetes

@Suite("Written YAML", .timeLimit(.minutes(5)))
struct YAMLWriterTests {
    private func tree(_ json: String) throws -> JSONTree { try JSONTree(parsing: json.utf8) }

    @Test("has kubectl's format")
    func form() throws {
        let json = #"""
            {"kind":"Pod","metadata":{"labels":{},"annotations":{"a/b":"yes","n":"1","t":"2001-01-01","c":"a: b"}},
            "list":[1,[2,[3]],{"a":[],"b":{"c":null}},"--flag=x",true,1.50],"text":"one\n  two\n","bare":"x\ny",
            "keep":"x\n\n","lead":" x\ny\n","ctl":"a\r\nb\u0007","arn":"arn:aws:iam::1:role/r","e":""}
            """#
        let expected = #"""
            kind: Pod
            metadata:
              labels: {}
              annotations:
                a/b: "yes"
                "n": "1"
                t: "2001-01-01"
                c: "a: b"
            list:
            - 1
            - - 2
              - - 3
            - a: []
              b:
                c: null
            - --flag=x
            - true
            - 1.50
            text: |
              one
                two
            bare: |-
              x
              y
            keep: |+
              x

            lead: |2
               x
              y
            ctl: "a\r\nb\x07"
            arn: arn:aws:iam::1:role/r
            e: ""

            """#
        #expect(Manifests.yaml(try tree(json)) == expected)
    }

    @Test(
        "quotes strings that would otherwise be read as something else",
        arguments: [
            "true", "Yes", "y", "NO", "on", "null", "~", "", "1", "-1", "1.5", ".5", "1e3", "0x1F", "0644", "1_0", "08",
            "12:30", "2001-01-01", "2001-01-01T00:00:00Z", "<<", "=", ".inf", "-.INF", ".nan", "- a", "-", "?", ": a",
            "a:", "a #b", "#a", "[a", "{a", "&a", "*a", "!a", "|a", ">a", "'a", "\"a", "%a", "@a", "`a", " a", "a ",
            "---", "...", "a\tb", "\u{a0}", "a\u{feff}", "\u{85}", "\u{2028}", "1.", "1_000.5", ",",
        ]
    )
    func quoted(text: String) throws {
        let tree = JSONTree.object([text: .string(text)])
        let yaml = Manifests.yaml(tree)
        #expect(yaml.hasPrefix("\"") && yaml.hasSuffix("\"\n"))
        #expect(try Manifests.parse(Array(yaml.utf8), file: "f").map(\.tree) == [tree])
    }

    @Test(
        "does not quote other strings",
        arguments: [
            "a", "a b", "a:b", "a#b", "-v", "--x=1", "1.2.3", "10.0.0.1", "100m", "é", "?x", ":x", "yEs", "a,b]",
        ]
    )
    func plain(text: String) throws {
        #expect(Manifests.yaml(.object(["k": .string(text)])) == "k: \(text)\n")
    }

    @Test("is parsed to the original tree", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var generator = TreeGenerator(seed: seed)
        for _ in 0..<100 {
            let tree = generator.object(depth: 0)
            let yaml = Manifests.yaml(tree)
            let back = try Manifests.parse(Array(yaml.utf8), file: "f").map(\.tree)
            #expect(back == [tree], "\(yaml)")
        }
    }

    @Test("supports long keys")
    func longKeys() throws {
        let tree = JSONTree.object([
            String(repeating: "k", count: 3000): .array([.string("a")]),
            String(repeating: "é\n", count: 800): .string("a\nb"),
        ])
        let outer = JSONTree.object(["o": tree, "p": .array([tree])])
        #expect(try Manifests.parse(Array(Manifests.yaml(outer).utf8), file: "f").map(\.tree) == [outer])
    }
}

/// Random trees with strings that are hard to write in YAML.
struct TreeGenerator {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(state: seed) }

    private static let pieces = [
        "a", "b", " ", "  ", "\n", "\n\n", "\t", ":", ": ", "#", " #", "-", "- ", "?", "'", "\"", "\\", "|", ">", "%",
        "---", "...", "1", "0", ".", "e", "y", "no", "~", "<<", "{", "}", "[", "]", ",", "&", "*", "!", "@", "`", "é",
        "\u{301}", "\u{85}", "\u{2028}", "\u{feff}", "\r", "\u{0}", "\u{7f}", "😀", "\u{fffe}",
    ]

    mutating func object(depth: Int) -> JSONTree {
        var members: [JSONTree.Member] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let key = JSONString(text())
            if members.contains(where: { $0.key.value == key.value }) { continue }
            members.append(.init(key: key, value: value(depth: depth + 1)))
        }
        return .object(members)
    }

    private mutating func value(depth: Int) -> JSONTree {
        switch Int.random(in: 0..<(depth > 4 ? 6 : 9), using: &random) {
        case 0: return .null
        case 1: return .literal(["true", "false"].randomElement(using: &random) ?? "true")
        case 2: return .literal(["0", "-0", "1.50", "1e400", "-1E+5", "12"].randomElement(using: &random) ?? "0")
        case 3, 4, 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: depth + 1) })
        default: return object(depth: depth)
        }
    }

    private mutating func text() -> String {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? "" }
            .joined()
    }
}

/// A reproducible random sequence.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
