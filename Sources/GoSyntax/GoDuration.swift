/// A duration in the syntax of Go's `time.ParseDuration`: `1.5s`, `1m30s`, `300ms`, `0`.
package struct GoDuration: Equatable, Sendable, CustomStringConvertible {
    package let duration: Duration

    package init(_ duration: Duration) { self.duration = duration }

    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard rest != "0" else {
            self.init(.zero)
            return
        }
        guard !rest.isEmpty else { return nil }
        var nanoseconds: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { Self.isDigit($0) || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !(Self.isDigit($0) || $0 == ".") }
            rest = rest.dropFirst(unit.count)
            guard let factor = Self.units[String(unit)], let part = Self.nanoseconds(number, factor) else { return nil }
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow else { return nil }
            nanoseconds = sum
        }
        self.init(.nanoseconds(isNegative ? -nanoseconds : nanoseconds))
    }

    /// Returns nil for a text that is not a decimal number, or does not fit into 64 bits (about 292 years).
    private static func nanoseconds(_ number: Substring, _ factor: Int64) -> Int64? {
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard !(parts[0].isEmpty && fraction.isEmpty), fraction.allSatisfy(isDigit) else { return nil }
        guard let whole = Int64(parts[0].isEmpty ? "0" : parts[0]) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        // Digits that do not fit are dropped, as Go does.
        var (digits, scale) = (Int64(0), 1.0)
        for digit in fraction.compactMap(\.wholeNumberValue) {
            guard digits <= (Int64.max - 9) / 10 else { break }
            digits = digits * 10 + Int64(digit)
            scale *= 10
        }
        let rest = Int64(Double(digits) * (Double(factor) / scale))
        return product.addingReportingOverflow(rest).overflow ? nil : product + rest
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

    /// The units in nanoseconds. Two different letters look like µ.
    private static let units: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    /// The duration in the largest unit, up to hours, that it is a whole number of: `2160h`, `90m`, `5s`, `1.5s`.
    package var description: String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        guard seconds == seconds.rounded() else { return "\(seconds)s" }
        let whole = duration.components.seconds
        for (unit, length) in [("h", Int64(3600)), ("m", 60)] where whole != 0 && whole.isMultiple(of: length) {
            return "\(whole / length)\(unit)"
        }
        return "\(whole)s"
    }
}
