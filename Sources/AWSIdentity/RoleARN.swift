internal import ProviderSupport

/// The Amazon Resource Name of an IAM role: `arn:<partition>:iam::<account>:role/<path and name>`.
package struct RoleARN: Equatable, Sendable {
    package let partition: String
    /// The account ID, which has twelve digits.
    package let account: String
    /// The role's name, preceded by its path if it has one.
    package let resource: String

    /// The maximum length of an ARN in bytes (IAM API reference, `RoleArn` of `AssumeRoleWithWebIdentity`).
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

    /// Says why a text is not the ARN of a role; nil if it is one.
    package static func problem(in text: String) -> String? {
        guard RoleARN(text) == nil else { return nil }
        guard text.utf8.count <= maximumLength else { return "the role's ARN has more than \(maximumLength) bytes" }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn" else {
            return "the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME"
        }
        guard isPartition(parts[1]) else { return "the role's partition does not begin with aws" }
        guard parts[2] == "iam" else { return "the ARN is for the service \(quoted(parts[2])), not iam" }
        guard parts[3].isEmpty else { return "the role's ARN has a region, but ARNs of IAM have none" }
        guard RoleComposition.isAccount(String(parts[4])) else { return problem(ofAccount: parts[4]) }
        guard parts[5].hasPrefix("role/") else { return "the ARN names \(quoted(parts[5])) instead of role/NAME" }
        return problem(ofResource: parts[5].dropFirst("role/".count))
    }

    private static func problem(ofAccount account: Substring) -> String {
        guard !account.isEmpty, account.utf8.allSatisfy(isDigit) else {
            return "the role's account \(quoted(account)) is not a number of 12 digits"
        }
        return "the role's account has \(account.utf8.count) digits instead of 12"
    }

    private static func problem(ofResource resource: Substring) -> String {
        let name = resource.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard !name.isEmpty else { return "the role's name is empty" }
        if resource.unicodeScalars.contains(where: { $0.properties.isWhitespace }) {
            return "the role's name contains white space"
        }
        return "the role's name contains a character other than letters, digits and +=,.@_-"
    }

    /// The maximum number of characters of a part of a text; longer parts are cut.
    private static let maximumQuote = 20

    private static func quoted(_ text: Substring) -> String {
        let start = String(text.prefix(maximumQuote)).escaped
        return "\"\(start)\(text.count > maximumQuote ? "…" : "")\""
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
