/// Valid JSON texts, and texts that are invalid in many ways.
package enum JSONDocuments {
    /// Valid according to RFC 8259.
    package static let valid = [
        "null", "true", " false ", "0", "-0", "-1.5e-7", "1E5", "123", "18446744073709551615", "0.1", "\"\"", "\"a\"",
        #""\"\\\/\b\f\n\r\t\u00e9""#, #""\ud83d\ude00""#, "\"é😀\"", "[]", "[ ]", "{}", "{ }", "[1,2]", "[[[[]]]]",
        #"{"a":1}"#, #"{"a":1,"a":2}"#, #"{"":{"":""}}"#, "\t[\r\n1 ]\n", #"[null,true,false,1,"",[],{}]"#,
    ]

    /// Invalid according to RFC 8259.
    package static let invalid = [
        "", " ", "n", "nul", "nulls", "True", "truefalse", "-", "+1", "01", "-01", "1.", ".1", "1.e5", "1e", "1e+",
        "0x1",
        "1a", "--1", "\"", "\"a", "'a'", "\"\n\"", "\"\t\"", "\"\0\"", "\"\u{1f}\"", #""\x""#, #""\u12""#, #""\u123g""#,
        #""\U0041""#, #""\"#, "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{", "}", "{]", #"{"a"}"#,
        #"{"a":}"#, #"{"a":1,}"#, #"{"a":1"#, #"{"a" 1}"#, #"{a:1}"#, "{1:1}", "{,}", #"{"a":1 "b":2}"#, "[] []", "{}x",
        "1 2", "// a\n1", "[1]/**/", "\u{a0}1", "1\u{0c}", "NaN", "Infinity", "\0", "[1]\0",
    ]

    /// The invalid texts that Python accepts.
    package static let goodForPythonAlone: Set<String> = ["NaN", "Infinity"]
}
