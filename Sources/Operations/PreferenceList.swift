/// A client's preferences in `Accept` and `Accept-Encoding` (RFC 9110, section 12.5).
struct PreferenceList {
    struct Preference: Equatable {
        /// A media range or a coding, in lower case.
        let value: String
        /// The parameters except the weight, with names in lower case.
        let parameters: [String: String]
        /// In thousandths: 0 for what the client does not accept, 1000 for what it prefers most.
        let weight: Int
    }

    /// The maximum number of elements of a list that are read.
    private static let maximumCount = 64

    /// In the order of the list. Elements with a malformed weight are left out.
    let preferences: [Preference]

    /// - Parameter text: Nil if the client does not send the field.
    init(_ text: String?) {
        preferences = Self.split(text ?? "", at: ",").prefix(Self.maximumCount).compactMap(Preference.init)
    }

    /// The greatest weight of the elements that match; nil if there is none.
    func weight(where matches: (Preference) -> Bool) -> Int? { preferences.filter(matches).map(\.weight).max() }

    /// Splits a text at separators outside quoted strings. Empty parts are ignored.
    fileprivate static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
        var (parts, part) = ([String](), "")
        var (isQuoted, isEscaped) = (false, false)
        for character in text {
            if character == separator, !isQuoted {
                parts.append(part)
                part = ""
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = isQuoted && character == "\\" && !isEscaped
            part.append(character)
        }
        return (parts + [part]).map(trimmed).filter { !$0.isEmpty }
    }

    fileprivate static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

extension PreferenceList.Preference {
    /// Fails if there is no value, or the weight is malformed.
    fileprivate init?(_ element: String) {
        let parts = PreferenceList.split(element, at: ";")
        guard let first = parts.first else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PreferenceList.trimmed(pair[0]).lowercased()
            let text = PreferenceList.trimmed(pair.count > 1 ? pair[1] : "")
            let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
            parameters[name] = isQuoted ? String(text.dropFirst().dropLast()) : text
        }
        guard let weight = Self.weight(parameters.removeValue(forKey: "q") ?? "1") else { return nil }
        self.init(value: first.lowercased(), parameters: parameters, weight: weight)
    }

    /// The thousandths of a number between 0 and 1 with up to three decimals (RFC 9110, section 12.4.2); nil for
    /// anything else.
    private static func weight(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count > 1 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", decimals.utf8.count <= 3,
            decimals.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let thousandths = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) ?? 0
        let weight = (parts[0] == "1" ? 1000 : 0) + thousandths
        return weight <= 1000 ? weight : nil
    }
}
