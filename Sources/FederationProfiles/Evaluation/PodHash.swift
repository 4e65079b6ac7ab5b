internal import ProviderSupport

/// The suffix by which volumes of different pods have different names.
enum PodHash {
    /// Hexadecimal digits.
    static let count = 30

    /// - Parameters:
    ///   - name: the pod's name; empty if it is going to be generated.
    ///   - generateName: the start of a generated name.
    static func suffix(name: String, generateName: String) -> String {
        String(SHA256.hexadecimal(of: Array((name.isEmpty ? generateName + " (prefix)" : name).utf8)).prefix(count))
    }
}
