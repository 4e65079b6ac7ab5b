internal import JSON
internal import PodIdentity
internal import ServiceSupport

/// Fits warnings into the `Warning` headers with which the API server passes them on: it recommends at most 120
/// characters for each, drops those beyond 4096 bytes in total (Kubernetes "Dynamic Admission Control", "Response"),
/// and rejects characters that are not printable.
enum AdmissionWarnings {
    /// The maximum length of a warning in bytes of UTF-8. A text never has fewer bytes than characters.
    static let maximumLength = 120
    /// The maximum length of all warnings together in bytes of UTF-8.
    static let maximumBytes = 4096

    static func limited(_ warnings: Warnings) -> [String] {
        var remaining = maximumBytes
        var limited: [String] = []
        for warning in warnings.lines {
            let text = warning.onlyPrintable.cut(to: maximumLength)
            guard !limited.contains(text) else { continue }
            remaining -= text.utf8.count
            guard remaining >= 0 else { break }
            limited.append(text)
        }
        return limited
    }
}
