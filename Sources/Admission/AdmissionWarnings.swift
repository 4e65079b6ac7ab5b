internal import JSON
internal import PodIdentity
internal import ServiceSupport

/// What whoever writes an object is told, as the API server passes it on in `Warning` headers: it advises 120 characters
/// for each, drops what is beyond 4096 bytes in all (Kubernetes "Dynamic Admission Control", "Response"), and refuses what is
/// not printable.
enum AdmissionWarnings {
    /// In bytes of UTF-8, of which no text has fewer than characters.
    static let maximumLength = 120
    /// In bytes of UTF-8, of all together.
    static let maximumBytes = 4096

    static func limited(_ warnings: Warnings) -> [String] {
        var remaining = maximumBytes
        var limited: [String] = []
        for warning in warnings.lines {
            let text = printable(warning).cut(to: maximumLength)
            guard !limited.contains(text) else { continue }
            remaining -= text.utf8.count
            guard remaining >= 0 else { break }
            limited.append(text)
        }
        return limited
    }

    private static func printable(_ warning: String) -> String {
        guard !warning.unicodeScalars.allSatisfy(\.isPrintable) else { return warning }
        var printable = String.UnicodeScalarView()
        for scalar in warning.unicodeScalars { printable.append(scalar.isPrintable ? scalar : "?") }
        return String(printable)
    }
}
