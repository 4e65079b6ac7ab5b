import TestSupport

/// The texts that `ReferenceTests` parses.
enum ReferenceTexts {
    static let reviews: [String] = ["review-small.json", "review-airflow.json", "review-ephemeral.json"]

    static let escapes: [String] = {
        let characters = "\"\\/bfnrtuxaU0 \n'é\0".map { "\\\($0)" }
        let numbers = [
            "0000", "0022", "005c", "007f", "0080", "07ff", "0800", "ffff", "FFFE", "00e9", "d7ff", "e000", "", "1",
            "12", "123", "123g", "12 3", "g123", "+123", "-123", "0x12", "١٢٣٤",
        ]
        let pairs = [
            #"\ud83d\ude00"#, #"\uD800\uDC00"#, #"\udbff\udfff"#, #"\ud800"#, #"\udc00"#, #"\ud800\ud800"#,
            #"\udc00\ud800"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\u0041"#, #"\ud800\ue000"#, #"\ud800\u"#,
            #"\ud800\udc0"#, #"\ud800\\dc00"#, #"\ud800xudc00"#,
        ]
        let several = [#"\\\\\\"#, #"\\\"\\"#, #"\\\\\"#, #"\\u0041"#, #"a\nb\tc\u00e9d\\"#]
        let long = (0..<40).map { String(repeating: "x", count: $0) + #"\n"# + String(repeating: "y", count: 40 - $0) }
        return characters + numbers.map { #"\u\#($0)"# } + pairs + several + long
    }()

    static let numbers: [String] = {
        let grammar = [
            "0", "1", "00", "0.0", "0.", ".0", "1e", "1E+", "1e-", "1e+1", "1e1.5", "1.5.5", "1ee1", "1-1", "1+", "0e0",
            "1a", "1\"\"", "1\\", "truefalse", "true1", "nulll", "tru", "fals", "True",
        ]
        let whole = [
            "9223372036854775807", "9223372036854775808", "9223372036854775809", "18446744073709551615",
            "18446744073709551616", "99999999999999999999", "100000000000000000000", "1000000000000000000",
        ]
        let large = [
            "1e307", "1e308", "1e309", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
            "1.797693134862315807e308", "1.797693134862315808e308", "0.17976931348623159e309", "179.76931348623159e306",
            "0.00001e313", "0.00001e314", "10e307", "10e308", "5e-324", "1e-400", "1e-99999999999999999999", "0e400",
            "0.0e99999999999999999999", "1e99999999999999999999", "1e+00000000000000000000308", "1e00000000000309",
        ]
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        let long = [
            String(repeating: "9", count: 308) + ".0", String(repeating: "9", count: 309) + ".0", "1\(zeros(308))e0",
            "1\(zeros(309))e0", "1\(zeros(400))e-100", "0.\(zeros(400))1e700", "0.\(zeros(400))1e710",
            "0." + String(repeating: "1", count: 2000),
        ]
        return grammar + whole + large + long
    }()
}

/// Documents with every kind of value, escape and white space.
enum RandomJSON {
    static func text(depth: Int, using generator: inout SeededGenerator) -> String {
        let space = space(using: &generator)
        return space + value(depth: depth, using: &generator) + space
    }

    private static func value(depth: Int, using generator: inout SeededGenerator) -> String {
        let count = Int.random(in: 0...4, using: &generator)
        switch Int.random(in: 0..<(depth > 0 ? 8 : 4), using: &generator) {
        case 0: return ["null", "true", "false", "0", "-0", "1.5", "2e3"].randomElement(using: &generator) ?? "null"
        case 1: return "\(Int64.random(in: .min ... .max, using: &generator) >> Int64(count * 15))"
        case 2, 3: return string(using: &generator)
        case 4, 5: return "[" + list(count, using: &generator) { text(depth: depth - 1, using: &$0) } + "]"
        default:
            return "{"
                + list(count, using: &generator) {
                    space(using: &$0) + string(using: &$0) + space(using: &$0) + ":"
                        + text(depth: depth - 1, using: &$0)
                } + "}"
        }
    }

    private static func list(
        _ count: Int,
        using generator: inout SeededGenerator,
        _ element: (inout SeededGenerator) -> String
    ) -> String {
        count == 0
            ? space(using: &generator) : (0..<count).map { _ in element(&generator) }.joined(separator: ",")
    }

    private static func string(using generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "name", "kind", "é", "😀", #"\n"#, #"\""#, #"\\"#, #"\u00e9"#, #"\ud83d\ude00"#, "{", "],", ":", " ",
        ]
        let count = Int.random(in: 0...(Bool.random(using: &generator) ? 2 : 40), using: &generator)
        return "\"" + (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined() + "\""
    }

    private static func space(using generator: inout SeededGenerator) -> String {
        let some = ["", "", "", "", " ", "\n", "\t", "\r\n", "   ", String(repeating: " \n\t", count: 30)]
        return some.randomElement(using: &generator) ?? ""
    }
}
