import JSON
import Testing

@testable import FederationProfiles

@Suite("A file of a profile", .timeLimit(.minutes(5)))
struct FileTextTests {
    private static let hostile = "a\"b\\c\nd\re\t\u{0}\u{1}\u{7f}'${x}[s]\nk = v é\u{2028}"

    private static func tree(_ value: String) -> JSONTree {
        .object([
            "top": .string(value), "number": .literal("1.5"),
            "section": .object(["flag": .literal("true"), "text": .string(value)]),
        ])
    }

    @Test("in JSON is parsed to the same content, whatever it is")
    func json() throws {
        let tree = Self.tree(Self.hostile)
        let text = try FileText.write(tree, as: .json)
        #expect(try JSONTree(parsing: text.utf8) == tree)
        #expect(!text.contains("\n"))
    }

    @Test("in TOML keeps any text within its quotation marks")
    func toml() throws {
        let text = try FileText.write(Self.tree(Self.hostile), as: .toml)
        let escaped = #""a\"b\\c\nd\re\t\u0000\u0001\u007f'${x}[s]\nk = v é"# + "\u{2028}\""
        #expect(text == "top = \(escaped)\nnumber = 1.5\n\n[section]\nflag = true\ntext = \(escaped)\n")
    }

    @Test("in TOML supports nested tables, lists, and names that need quotation marks")
    func tomlTables() throws {
        let tree: JSONTree = .object([
            "a b": .object(["c": .object(["list": .array([.literal("1"), .object(["x": .string("y")])])])]),
            "empty": .object([]),
        ])
        #expect(try FileText.write(tree, as: .toml) == "[\"a b\".c]\nlist = [1, {x = \"y\"}]\n\n[empty]\n")
    }

    @Test("in INI has values before sections")
    func ini() throws {
        let text = try FileText.write(Self.tree(" [s] = ; # x"), as: .ini)
        #expect(text == "top =  [s] = ; # x\nnumber = 1.5\n\n[section]\nflag = true\ntext =  [s] = ; # x\n")
    }

    @Test(
        "in INI is refused if a text would end its line",
        arguments: ["a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "a\u{2028}b", "a\u{b}b"]
    )
    func iniLines(_ value: String) {
        let error = #expect(throws: FileError.self) { try FileText.write(Self.tree(value), as: .ini) }
        #expect(error?.reason.contains("top") == true)
    }

    @Test("in the Java properties format escapes what ends keys and lines")
    func properties() throws {
        let tree: JSONTree = .object([
            "a b:c": .string(" x=y:z\nk=v\\\t\u{c}"), "unicode": .string("é\u{1F600}"), "n": .literal("1"),
        ])
        let expected = #"a\ b\:c=\ x=y:z\nk=v\\\t\f"# + "\n" + #"unicode=\u00e9\ud83d\ude00"# + "\nn=1\n"
        #expect(try FileText.write(tree, as: .properties) == expected)
    }

    @Test("has at most 16 KiB")
    func size() throws {
        func tree(_ count: Int) -> JSONTree { .object(["a": .string(String(repeating: "x", count: count))]) }
        #expect(try FileText.write(tree(16 * 1024 - 8), as: .json).utf8.count == 16 * 1024)
        #expect(throws: FileError.self) { try FileText.write(tree(16 * 1024 - 7), as: .json) }
    }
}
