import Testing

@testable import GoSyntax

@Suite("Go's value syntax", .timeLimit(.minutes(5)))
struct GoSyntaxTests {
    private static let booleans: [(String, Bool?)] = [
        ("1", true), ("t", true), ("T", true), ("TRUE", true), ("true", true), ("True", true), ("0", false),
        ("f", false),
        ("F", false), ("FALSE", false), ("false", false), ("False", false), ("", nil), ("yes", nil), ("no", nil),
        ("on", nil), ("tRUE", nil), ("TRue", nil), (" true", nil), ("true ", nil), ("true\n", nil), ("2", nil),
        ("-1", nil),
        ("y", nil), ("\"true\"", nil), ("01", nil),
    ]

    @Test("strconv.ParseBool", arguments: booleans)
    func parseBool(text: String, expected: Bool?) {
        #expect(GoSyntax.parseBool(text) == expected)
    }

    private static let integers: [(String, Int64?)] = [
        ("0", 0), ("86400", 86400), ("+86400", 86400), ("-5", -5), ("-0", 0), ("007", 7),
        ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil),
        ("-9223372036854775809", nil), ("99999999999999999999999", nil), ("", nil), ("+", nil), ("-", nil),
        (" 5", nil),
        ("5 ", nil), ("5\n", nil), ("1_000", nil), ("0x10", nil), ("1e3", nil), ("1.0", nil), ("--5", nil),
        ("+-5", nil),
        ("٣", nil), ("24h", nil), ("5s", nil), ("a", nil),
    ]

    @Test("strconv.ParseInt in base 10", arguments: integers)
    func parseInt(text: String, expected: Int64?) {
        #expect(GoSyntax.parseInt(text) == expected)
    }

    /// The table in Go's documentation (`path/filepath`, Clean), and token paths.
    private static let paths: [(String, String)] = [
        ("", "."), ("abc", "abc"), ("abc/def", "abc/def"), ("a/b/c", "a/b/c"), (".", "."), ("..", ".."),
        ("../..", "../.."),
        ("../../abc", "../../abc"), ("/abc", "/abc"), ("/", "/"), ("abc/", "abc"), ("abc/def/", "abc/def"),
        ("./", "."),
        ("../", ".."), ("/abc/", "/abc"), ("abc//def//ghi", "abc/def/ghi"), ("//abc", "/abc"), ("///abc", "/abc"),
        ("//abc//", "/abc"), ("abc//", "abc"), ("abc/./def", "abc/def"), ("/./abc/def", "/abc/def"),
        ("abc/.", "abc"),
        ("abc/def/ghi/../jkl", "abc/def/jkl"), ("abc/def/../ghi/../jkl", "abc/jkl"), ("abc/def/..", "abc"),
        ("abc/def/../..", "."), ("/abc/def/../..", "/"), ("abc/def/../../..", ".."), ("/abc/def/../../..", "/"),
        ("abc/def/../../../ghi/jkl/../../../mno", "../../mno"), ("/../abc", "/abc"), ("abc/./../def", "def"),
        ("abc//./../def", "def"), ("abc/../../././../def", "../../def"), ("/a b/.c/..d", "/a b/.c/..d"),
        ("/var/run//secrets/token", "/var/run/secrets/token"),
        ("/var/run/secrets//token", "/var/run/secrets/token"),
    ]

    @Test("filepath.Clean", arguments: paths)
    func cleanPath(path: String, expected: String) {
        #expect(GoSyntax.cleanPath(path) == expected)
    }

    /// `Read` of Go's `encoding/csv` with its defaults: no comments, lazy quotes or trimming.
    private static let records: [(String, [String]?)] = [
        ("a", ["a"]), ("a,b", ["a", "b"]), ("a, b ,c", ["a", " b ", "c"]), ("a,", ["a", ""]), (",", ["", ""]),
        (" ", [" "]),
        ("a\nb", ["a"]), ("a\r\nb", ["a"]), ("a\n", ["a"]), ("a\r\n", ["a"]), ("\n\na,b", ["a", "b"]),
        ("\r\n\r\na", ["a"]),
        ("\"a\",b", ["a", "b"]), ("\"a,b\",c", ["a,b", "c"]), ("\"a\"\"b\"", ["a\"b"]), ("\"\"", [""]),
        ("\"\",\"\"", ["", ""]),
        ("\"a\nb\",c", ["a\nb", "c"]), ("\"a\"\r\nb", ["a"]), ("a,b\n\"", ["a", "b"]), ("é,日本", ["é", "日本"]),
        ("a\r", ["a"]), ("a\rb", ["a\rb"]), ("#a", ["#a"]), ("a;b", ["a;b"]),
        ("", nil), ("\n", nil), ("\r\n\n", nil), ("\"a", nil), ("\"", nil), ("a\"b", nil), ("a,\"b\"c", nil),
        ("\"a\" ,b", nil),
        (" \"a\"", nil), ("a\"", nil), ("\"a\"\"", nil), ("a,b\"\n", nil),
    ]

    @Test("the first record of encoding/csv", arguments: records)
    func csv(text: String, expected: [String]?) {
        #expect(GoSyntax.csvRecord(text) == expected)
    }
}
