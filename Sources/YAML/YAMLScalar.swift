/// A plain scalar as Kubernetes interprets it. Its YAML library (`sigs.k8s.io/yaml`, which is based on go-yaml 2) mixes
/// YAML 1.1 and 1.2: `yes`, `on` and even `y` are booleans, `0644` and `0o644` are octal, `1_000` is a number, and
/// timestamps and base 60 numbers are strings.
package enum YAMLScalar: Equatable {
    case null
    case bool(Bool)
    /// A number in the syntax of JSON, with the digits of the source where possible.
    case number(String)
    /// An infinity or "not a number", which JSON cannot express.
    case notFinite
    case string

    package init(resolving text: String) {
        guard let first = text.utf8.first else {
            self = .null
            return
        }
        let word = text.utf8.count <= Self.longestWord ? Self.words[text] : nil
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            self = word ?? Self.digits(text).map(Self.number) ?? .string
        case UInt8(ascii: "."):
            self = word ?? Self.decimal(text.utf8[...]).map(Self.number) ?? .string
        default:
            self = word ?? .string
        }
    }

    private static let longestWord = 5

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
        let hasUnderscore = text.utf8.contains(UInt8(ascii: "_"))
        let text = hasUnderscore ? String(text.unicodeScalars.filter { $0 != "_" }) : text
        if isJSONNumber(text.utf8[...]) { return text }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = isNegative || text.utf8.first == UInt8(ascii: "+") ? text.dropFirst() : text[...]
        return integer(digits).map { isNegative ? "-" + $0 : $0 } ?? decimal(text.utf8[...])
    }

    /// Converts integers with a prefix for their base. A leading zero alone means octal.
    private static func integer(_ digits: Substring) -> String? {
        guard digits.utf8.first == UInt8(ascii: "0") else { return nil }
        let prefixes: KeyValuePairs<String, Int> = ["0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2, "0": 8]
        for (prefix, radix) in prefixes where digits.utf8.starts(with: prefix.utf8) {
            let rest = digits.dropFirst(prefix.count)
            guard rest.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
            return UInt64(rest, radix: radix).map { String($0) }
        }
        return nil
    }

    /// Converts decimal numbers that are not valid in JSON because of a plus sign, leading zeros, or a point without
    /// digits before or after it.
    private static func decimal(_ text: Substring.UTF8View) -> String? {
        var rest = text
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = rest.takeDigits()
        var fraction: Substring.UTF8View?
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.takeDigits()
        }
        guard !whole.isEmpty || fraction.map({ !$0.isEmpty }) ?? false else { return nil }
        guard let exponent = rest.takeExponent(), rest.isEmpty else { return nil }
        let digits = String(Substring(whole.drop { $0 == UInt8(ascii: "0") }))
        let tail = String(Substring(fraction ?? ""[...].utf8))
        return (isNegative ? "-" : "") + (digits.isEmpty ? "0" : digits) + (tail.isEmpty ? "" : "." + tail)
            + String(Substring(exponent))
    }

    /// Whether this is a number in JSON (RFC 8259, section 6).
    private static func isJSONNumber(_ text: Substring.UTF8View) -> Bool {
        var rest = text
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.takeDigits()
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard !rest.takeDigits().isEmpty else { return false }
        }
        return rest.takeExponent() != nil && rest.isEmpty
    }
}

extension Substring.UTF8View {
    package static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9") }

    /// Removes the digits at the start.
    package mutating func takeDigits() -> Substring.UTF8View { take(while: Self.isDigit) }

    /// Removes the longest prefix of matching bytes.
    package mutating func take(while fits: (UInt8) -> Bool) -> Substring.UTF8View {
        let end = firstIndex { !fits($0) } ?? endIndex
        defer { self = self[end...] }
        return self[..<end]
    }

    /// Removes the exponent of a decimal number, which may be missing.
    ///
    /// - Returns: Nil if an exponent begins but has no digits.
    package mutating func takeExponent() -> Substring.UTF8View? {
        guard let first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") else { return prefix(0) }
        let start = self
        removeFirst()
        if let sign = self.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { removeFirst() }
        guard !takeDigits().isEmpty else { return nil }
        return start[..<startIndex]
    }
}
