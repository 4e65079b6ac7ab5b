/// A point in time as the Kubernetes API writes it (RFC 3339), in whole seconds.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// The seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// Parses a time, and drops a fraction of a second; nil for other text.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard bytes.count >= range.upperBound else { return nil }
            return bytes[range].reduce(0 as Int64?) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int64(byte - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), "Tt ".utf8.contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { (0x30...0x39).contains($0) } }
        guard let offset = Self.offset(rest) else { return nil }
        let days = Self.days(year, month, day)
        seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    /// The seconds of an offset, `Z` or `+hh:mm`.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
        let text = String(decoding: text, as: UTF8.self)
        if text == "Z" || text == "z" { return 0 }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard let sign = text.first, "+-".contains(sign), parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            let hours = UInt8(parts[0]), let minutes = UInt8(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return (Int64(hours) * 3600 + Int64(minutes) * 60) * (sign == "-" ? -1 : 1)
    }

    /// The days since 1970-01-01 in the proleptic Gregorian calendar. Years start in March, so the leap day comes last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    /// The time in the form `2026-03-01T12:00:00Z`.
    package var text: String { "\(dateAndTime)Z" }

    /// The time in the form `2026-03-01T12:00:00.250Z`, for log lines.
    ///
    /// - Parameter nanoseconds: The time since the second began; fractions of a millisecond are dropped.
    package func text(nanoseconds: Int) -> String { "\(dateAndTime).\(Int64(nanoseconds / 1_000_000).padded(3))Z" }

    private var dateAndTime: String {
        let (days, second) = seconds.quotientRounded(by: 86_400)
        // This is the inverse of `days`.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientRounded(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))"
        return "\(date)T\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))"
    }
}

extension Int64 {
    /// Divides and rounds down, so that the remainder is never negative.
    fileprivate func quotientRounded(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    fileprivate func padded(_ count: Int) -> String {
        let text = "\(self)"
        return String(repeating: "0", count: Swift.max(0, count - text.utf8.count)) + text
    }
}
