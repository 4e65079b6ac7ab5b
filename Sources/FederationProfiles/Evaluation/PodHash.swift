internal import ProviderSupport

/// The suffix that gives volumes of different pods different names.
enum PodHash {
    /// The number of hexadecimal digits.
    static let count = 30

    /// - Parameters:
    ///   - name: The pod's name; empty if it will be generated.
    ///   - generateName: The prefix of a generated name.
    static func suffix(name: String, generateName: String) -> String {
        String(SHA256.hexadecimal(of: Array((name.isEmpty ? generateName + " (prefix)" : name).utf8)).prefix(count))
    }
}
