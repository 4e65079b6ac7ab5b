/// The resource name of a workload identity pool's provider, such as
/// `projects/123456789012/locations/global/workloadIdentityPools/pool/providers/cluster`.
enum ProviderName {
    static let form = "projects/NUMBER/locations/LOCATION/workloadIdentityPools/POOL/providers/PROVIDER"

    private static let marks = ["projects/", "/locations/", "/workloadIdentityPools/", "/providers/"]

    /// Whether the text has all four parts, on one line. As in pfnet-research's webhook, a part may contain any
    /// characters.
    static func hasForm(_ text: String) -> Bool {
        guard !text.utf8.contains(UInt8(ascii: "\n")), text.utf8.starts(with: marks[0].utf8) else { return false }
        var rest = text.utf8.dropFirst(marks[0].utf8.count)
        for mark in marks.dropFirst() {
            // The first place leaves the most text for the parts that follow.
            guard !rest.isEmpty, let place = place(of: mark, in: rest.dropFirst()) else { return false }
            rest = rest[place...].dropFirst(mark.utf8.count)
        }
        return !rest.isEmpty
    }

    private static func place(of mark: String, in text: Substring.UTF8View) -> Substring.UTF8View.Index? {
        text.indices.first { text[$0...].starts(with: mark.utf8) }
    }

    /// What is wrong with a name of the right form, so that no such provider can exist; nil if it is valid.
    ///
    /// The IDs of pools and providers have 4 to 32 lower-case letters, digits and hyphens, and the token exchange
    /// identifies projects by number.
    static func problem(in name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 8 else { return "a part has a slash" }
        guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return "the project is not a number" }
        for (part, what) in [(parts[5], "pool"), (parts[7], "provider")] {
            let isUsual = part.utf8.allSatisfy { byte in
                (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            }
            guard isUsual else { return "the \(what) has other characters than a-z, 0-9 and -" }
        }
        return nil
    }
}
