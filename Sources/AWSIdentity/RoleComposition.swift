/// Completes the name of a role to its ARN, for annotations that contain only the name.
package struct RoleComposition: Equatable, Sendable {
    package let partition: String
    /// The account ID, which has twelve digits.
    package let account: String

    package init(partition: String, account: String) {
        self.partition = partition
        self.account = account
    }

    /// - Parameter text: A name, preceded by its path if it has one. An ARN is returned as it is.
    func roleARN(_ text: String) -> String {
        text.contains("arn:") ? text : "arn:\(partition):iam::\(account):role/\(text)"
    }

    /// The partition of a region, derived from the prefix of its name (AWS General Reference, "Partitions").
    package static func partition(ofRegion region: String) -> String {
        partitions.first { region.hasPrefix($0.prefix) }?.name ?? "aws"
    }

    private static let partitions: [(prefix: String, name: String)] = [
        ("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"), ("us-isof-", "aws-iso-f"), ("eu-isoe-", "aws-iso-e"), ("eusc-", "aws-eusc"),
    ]

    package static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
