internal import YAML

/// A string, and the styles in which YAML can write it.
struct YAMLString {
    let value: String

    init(_ value: String) { self.value = value }

    /// Whether the string can be written in a block without quotation marks and is read as the same string.
    var isPlain: Bool {
        guard let first = value.utf8.first, first != UInt8(ascii: " "), !"#,[]{}&*!|>'\"%@`".utf8.contains(first),
            hasOnlyPlainBytes, isPrintable
        else { return false }
        if "-?:".utf8.contains(first), value.utf8.count == 1 || value.utf8.dropFirst().first == UInt8(ascii: " ") {
            return false
        }
        if value.utf8.starts(with: "---".utf8) || value.utf8.starts(with: "...".utf8) { return false }
        return YAMLScalar(resolving: value) == .string && !isSpecialInYAML11
    }

    /// Whether the string contains nothing that ends a plain scalar: a line end, a tab, a space at the end, `: `, a
    /// colon at the end, or ` #`.
    private var hasOnlyPlainBytes: Bool {
        var last: UInt8 = 0
        for byte in value.utf8 {
            switch byte {
            case 0x0a, 0x09: return false
            case UInt8(ascii: " ") where last == UInt8(ascii: ":"): return false
            case UInt8(ascii: "#") where last == UInt8(ascii: " "): return false
            default: last = byte
            }
        }
        return last != UInt8(ascii: " ") && last != UInt8(ascii: ":")
    }

    /// Whether this is a merge key, a default key, a base 60 number or a timestamp (yaml.org/type), which are strings
    /// here but not for every parser.
    private var isSpecialInYAML11: Bool {
        if value == "<<" || value == "=" { return true }
        guard let first = value.utf8.first, first < UInt8(ascii: ":"), first >= UInt8(ascii: "+") else { return false }
        return isBase60 || isTimestamp || isFloatInYAML11
    }

    /// Digits and `_`, then groups of a colon and a number below 60, then perhaps a fraction.
    private var isBase60: Bool {
        var rest = value.utf8[...].droppingSign
        guard let first = rest.first, Substring.UTF8View.isDigit(first) else { return false }
        _ = rest.takeDigitsAndUnderscores()
        var groups = 0
        while rest.first == UInt8(ascii: ":") {
            rest.removeFirst()
            let digits = rest.takeDigits()
            guard digits.count == 1 || digits.count == 2 && digits.first.map({ $0 < UInt8(ascii: "6") }) ?? false
            else { return false }
            groups += 1
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            _ = rest.takeDigitsAndUnderscores()
        }
        return groups > 0 && rest.isEmpty
    }

    /// A date, with or without a time after it.
    private var isTimestamp: Bool {
        var rest = value.utf8[...]
        guard rest.takeDigits().count == 4 else { return false }
        for _ in 0..<2 {
            guard rest.first == UInt8(ascii: "-") else { return false }
            rest.removeFirst()
            guard 1...2 ~= rest.takeDigits().count else { return false }
        }
        return rest.first.map { "Tt \t".utf8.contains($0) } ?? true
    }

    private var isFloatInYAML11: Bool {
        var rest = value.utf8[...].droppingSign
        _ = rest.takeDigitsAndUnderscores()
        guard rest.first == UInt8(ascii: ".") else { return false }
        rest.removeFirst()
        _ = rest.takeDigitsAndUnderscores()
        return rest.takeExponent() != nil && rest.isEmpty
    }

    /// Whether a literal block preserves the string.
    var isBlock: Bool {
        value.utf8.contains(0x0a) && value.utf8.contains { $0 != 0x0a && $0 != 0x20 && $0 != 0x09 } && isPrintable
    }

    /// Writes the string as a literal block with its header; `indentation` is that of its lines, two more than its
    /// parent's.
    func writeBlock(indentation: Int, into output: inout [UInt8]) {
        let needsIndicator = value.utf8.first.map { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a } ?? false
        var lines = value.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
        var chomping = "-"
        if lines.last?.isEmpty ?? false {
            lines.removeLast()
            chomping = lines.last?.isEmpty ?? false ? "+" : ""
        }
        output.append(contentsOf: ("|" + (needsIndicator ? "2" : "") + chomping + "\n").utf8)
        for line in lines {
            if !line.isEmpty {
                output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
                output.append(contentsOf: line)
            }
            output.append(0x0a)
        }
    }

    /// The string in double quotation marks (YAML 1.2, 7.3.1).
    var quoted: String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where Self.isPrintable(scalar): text.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                text += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return text + "\""
    }

    private var isPrintable: Bool {
        value.utf8.allSatisfy { 0x20...0x7e ~= $0 || $0 == 0x09 || $0 == 0x0a }
            || value.unicodeScalars.allSatisfy(Self.isPrintable)
    }

    /// Whether this is printable (YAML 1.2, 5.1), visible, and not a line end in YAML 1.1.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x20...0x7e: true
        case 0xa1...0xd7ff: scalar.value != 0x2028 && scalar.value != 0x2029
        case 0xe000...0xfffd: scalar.value != 0xfeff
        case 0x10000...0x10ffff: true
        default: false
        }
    }
}

extension Substring.UTF8View {
    fileprivate var droppingSign: Substring.UTF8View {
        first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } ?? false ? dropFirst() : self
    }

    fileprivate mutating func takeDigitsAndUnderscores() -> Substring.UTF8View {
        take { Self.isDigit($0) || $0 == UInt8(ascii: "_") }
    }
}
