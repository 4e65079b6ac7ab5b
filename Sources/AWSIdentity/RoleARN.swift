/// The Amazon Resource Name of an IAM role: `arn:<partition>:iam::<account>:role/<path and name>`.
package struct RoleARN: Equatable, Sendable {
    package let partition: String
    /// Twelve digits.
    package let account: String
    /// The name, behind its path where it has one.
    package let resource: String

    /// Nil if the text is not the ARN of a role.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "iam", parts[3].isEmpty else { return nil }
        guard Self.isPartition(parts[1]), RoleComposition.isAccount(String(parts[4])) else { return nil }
        guard parts[5].hasPrefix("role/"), Self.isResource(parts[5].dropFirst("role/".count)) else { return nil }
        partition = String(parts[1])
        account = String(parts[4])
        resource = String(parts[5].dropFirst("role/".count))
    }

    /// `aws` or `aws-…`, as in `aws-cn` and `aws-iso-b`.
    package static func isPartition(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("aws") else { return false }
        let rest = text.dropFirst(3)
        return rest.isEmpty || (rest.hasPrefix("-") && rest.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "-") })
    }

    /// Names have letters, digits and `+=,.@_-`; a path has any printable ASCII character (IAM API reference).
    private static func isResource(_ text: Substring) -> Bool {
        guard let name = text.split(separator: "/", omittingEmptySubsequences: false).last, !name.isEmpty else {
            return false
        }
        let isName = name.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+=,.@_-".utf8.contains($0) }
        return isName && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
