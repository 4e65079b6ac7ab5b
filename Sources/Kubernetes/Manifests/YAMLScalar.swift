/// A plain scalar as Kubernetes interprets it. Its YAML library (`sigs.k8s.io/yaml`, which is based on go-yaml 2) mixes
/// YAML 1.1 and 1.2: `yes`, `on` and even `y` are booleans, `0644` and `0o644` are octal, `1_000` is a number, and
/// timestamps and base 60 numbers are strings.
enum YAMLScalar: Equatable {
    case null
    case bool(Bool)
    /// A number in the syntax of JSON, with the digits of the source where possible.
    case number(String)
    /// An infinity or "not a number", which JSON cannot express.
    case notFinite
    case string

    init(resolving text: String) {
        guard let first = text.utf8.first else {
            self = .null
            return
        }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            let number = Self.digits(text.filter { $0 != "_" })
            self = Self.words[text] ?? number.map(Self.number) ?? .string
        case UInt8(ascii: "."):
            self = Self.words[text] ?? Self.decimal(text).map(Self.number) ?? .string
        default:
            self = Self.words[text] ?? .string
        }
    }

    private static let words: [String: YAMLScalar] = {
        var words: [String: YAMLScalar] = [:]
        for word in ["~", "null", "Null", "NULL"] { words[word] = .null }
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .bool(true)
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .bool(false)
        }
        for word in [
            ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
        ] { words[word] = .notFinite }
        return words
    }()

    private static func digits(_ text: String) -> String? {
        if isJSONNumber(text) { return text }
        let isNegative = text.hasPrefix("-")
        let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return integer(digits).map { isNegative ? "-" + $0 : $0 } ?? decimal(text)
    }

    /// Converts integers with a prefix for their base. A leading zero alone means octal.
    private static func integer(_ digits: Substring) -> String? {
        guard digits.hasPrefix("0") else { return nil }
        let prefixes: KeyValuePairs<String, Int> = ["0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2, "0": 8]
        for (prefix, radix) in prefixes where digits.hasPrefix(prefix) {
            let rest = digits.dropFirst(prefix.count)
            guard rest.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
            return UInt64(rest, radix: radix).map { String($0) }
        }
        return nil
    }

    /// Converts decimal numbers that are not valid in JSON because of a plus sign, leading zeros, or a point without
    /// digits before or after it.
    private static func decimal(_ text: String) -> String? {
        let form = /([-+]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))([eE][-+]?[0-9]+)?/
        guard let (_, sign, whole, tail, bareTail, exponent) = text.wholeMatch(of: form)?.output else { return nil }
        let digits = whole?.drop { $0 == "0" } ?? ""
        let fraction = (tail ?? bareTail ?? "").isEmpty ? "" : "." + (tail ?? bareTail ?? "")
        return (sign == "-" ? "-" : "") + (digits.isEmpty ? "0" : digits) + fraction + (exponent ?? "")
    }

    /// Whether this is a number in JSON (RFC 8259, section 6).
    private static func isJSONNumber(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
    }
}
