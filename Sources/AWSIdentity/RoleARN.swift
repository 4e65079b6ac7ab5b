/// The Amazon Resource Name of an IAM role: `arn:<partition>:iam::<account>:role/<path and name>`.
package struct RoleARN: Equatable, Sendable {
    package let partition: String
    /// The account's number of twelve digits.
    package let account: String
    /// The role's name, preceded by its path if it has one.
    package let resource: String

    /// The length of an ARN in bytes (IAM API reference, `RoleArn` of `AssumeRoleWithWebIdentity`).
    private static let maximumLength = 2048

    /// Fails if the text is not the ARN of a role.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        // AWS names are ASCII, and bytes are far cheaper to compare than characters.
        var text = text
        let parts = text.withUTF8 { Self.parts(of: $0) }
        guard let parts, Self.isPartition(parts.partition), RoleComposition.isAccount(parts.account) else { return nil }
        (partition, account, resource) = parts
    }

    private static func parts(of text: UnsafeBufferPointer<UInt8>) -> (partition: String, account: String, String)? {
        let parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].elementsEqual("arn".utf8), parts[2].elementsEqual("iam".utf8),
            parts[3].isEmpty, parts[5].starts(with: "role/".utf8)
        else { return nil }
        let resource = parts[5].dropFirst("role/".utf8.count)
        guard isResource(resource) else { return nil }
        return (
            String(decoding: parts[1], as: UTF8.self), String(decoding: parts[4], as: UTF8.self),
            String(decoding: resource, as: UTF8.self)
        )
    }

    /// Whether the text is `aws`, or `aws-` and a suffix, as in `aws-cn` and `aws-iso-b`.
    package static func isPartition(_ text: some StringProtocol) -> Bool {
        guard text.hasPrefix("aws") else { return false }
        let rest = text.dropFirst(3)
        return rest.isEmpty || (rest.hasPrefix("-") && rest.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "-") })
    }

    /// Whether the text is a name of letters, digits and `+=,.@_-`, perhaps after a path of any printable ASCII characters
    /// (IAM API reference).
    private static func isResource(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let name = text.lastIndex(of: UInt8(ascii: "/")).map { text[text.index(after: $0)...] } ?? text
        let isName = name.allSatisfy { isLetter($0) || isDigit($0) || isPunctuation($0) }
        return !name.isEmpty && isName && text.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch UnicodeScalar(byte) {
        case "+", "=", ",", ".", "@", "_", "-": true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
