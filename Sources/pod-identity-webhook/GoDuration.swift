internal import ArgumentParser

/// A length of time as Go's `time.ParseDuration` reads it: `1.5s`, `1m30s`, `300ms`, `0`.
struct GoDuration: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        var rest = argument[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard rest != "0" else {
            self.init(.zero)
            return
        }
        guard !rest.isEmpty else { return nil }
        var seconds = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
            rest = rest.dropFirst(unit.count)
            guard number.contains(where: \.isNumber),
                let amount = Double(number.hasPrefix(".") ? "0\(number)" : number),
                let factor = Self.units[String(unit)]
            else { return nil }
            seconds += amount * factor
        }
        self.init(.seconds(isNegative ? -seconds : seconds))
    }

    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]

    var description: String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        return seconds == seconds.rounded() ? "\(Int64(seconds))s" : "\(seconds)s"
    }

    var defaultValueDescription: String { description }
}
