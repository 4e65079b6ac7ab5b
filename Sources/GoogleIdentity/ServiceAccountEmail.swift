/// The address of one of Google's service accounts, such as `reader@project.iam.gserviceaccount.com`.
enum ServiceAccountEmail {
    private static let domain = Array(".iam.gserviceaccount.com".unicodeScalars)

    /// The project in the address, as determined by pfnet-research's webhook: in the first line that contains one, the
    /// text between the first `@` and the last suffix, in which each dot may be any character. Nil if there is none.
    static func project(in email: String) -> String? {
        for line in email.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
            let line = Array(line)
            guard let sign = line.firstIndex(of: "@"), line.count > sign + domain.count else { continue }
            let last = (sign + 1...line.count - domain.count).last { place in
                domain.indices.allSatisfy { domain[$0] == "." || domain[$0] == line[place + $0] }
            }
            guard let last else { continue }
            var project = String.UnicodeScalarView()
            project.append(contentsOf: line[(sign + 1)..<last])
            return String(project)
        }
        return nil
    }

    /// What is wrong with an address, so that no such service account can exist; nil if it is valid.
    static func problem(in email: String) -> String? {
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, email.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return "not an address"
        }
        return parts[1].hasSuffix(".gserviceaccount.com") ? nil : "not an address of gserviceaccount.com"
    }
}
