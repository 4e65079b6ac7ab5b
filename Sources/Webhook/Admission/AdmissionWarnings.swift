/// What whoever writes an object is told, as the API server passes it on in `Warning` headers: it advises 120 characters
/// for each, and drops what is beyond 4096 bytes in all (Kubernetes "Dynamic Admission Control", "Response"), and what is
/// not printable.
enum AdmissionWarnings {
    static let maximumCharacters = 120
    static let maximumBytes = 4096

    static func limited(_ warnings: [String]) -> [String] {
        var remaining = maximumBytes
        var limited: [String] = []
        for warning in warnings {
            let text = printable(warning)
            guard !limited.contains(text) else { continue }
            remaining -= text.utf8.count
            guard remaining >= 0 else { break }
            limited.append(text)
        }
        return limited
    }

    private static func printable(_ warning: String) -> String {
        let printable = String(warning.map { $0.isPrintable ? $0 : "?" })
        guard printable.count > maximumCharacters else { return printable }
        return printable.prefix(maximumCharacters - 1) + "…"
    }
}

extension Character {
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
