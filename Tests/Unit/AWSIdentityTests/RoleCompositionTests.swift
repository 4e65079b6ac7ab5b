import JSON
import PodIdentity
import TestSupport
import Testing

@testable import AWSIdentity

@Suite("ARNs of roles", .timeLimit(.minutes(5)))
struct RoleCompositionTests {
    private static let partitions = [
        ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"), ("us-isof-south-1", "aws-iso-f"), ("eu-isoe-west-1", "aws-iso-e"),
        ("eusc-de-east-1", "aws-eusc"), ("us-east-1", "aws"), ("eu-central-1", "aws"), ("", "aws"),
    ]

    @Test("have the region's partition", arguments: partitions)
    func partition(_ region: String, _ partition: String) {
        #expect(RoleComposition.partition(ofRegion: region) == partition)
    }

    @Test("are read in every partition", arguments: Set(partitions.map(\.1)))
    func arn(_ partition: String) throws {
        let arn = try #require(RoleARN("arn:\(partition):iam::111122223333:role/team/app"))
        #expect(arn.partition == partition && arn.account == "111122223333" && arn.resource == "team/app")
        let account = DecisionInputs.Object.known(
            Annotations(["eks.amazonaws.com/role-arn": "arn:\(partition):iam::111122223333:role/team/app"])
        )
        #expect(try PodUnderTest.mutate(account, listed: false).warnings.isEmpty)
    }

    @Test(
        "are composed from a name or a path if that is enabled",
        arguments: [
            ("app", "arn:aws-cn:iam::111122223333:role/app"),
            ("team/app", "arn:aws-cn:iam::111122223333:role/team/app"),
            (PodUnderTest.role, PodUnderTest.role), ("arn:x", "arn:x"),
        ]
    )
    func composition(_ text: String, _ role: String) throws {
        let account = DecisionInputs.Object.known(Annotations(["eks.amazonaws.com/role-arn": text]))
        var settings = AWSSettings()
        #expect(try PodUnderTest.mutate(account, listed: false, settings: settings).variable("AWS_ROLE_ARN") == text)
        settings.roleComposition = RoleComposition(partition: "aws-cn", account: "111122223333")
        let result = try PodUnderTest.mutate(account, listed: false, settings: settings)
        #expect(result.variable("AWS_ROLE_ARN") == role)
        #expect(result.warnings.isEmpty == (role != "arn:x"))
    }

    @Test("are not composed from an empty value")
    func empty() throws {
        var settings = AWSSettings()
        settings.roleComposition = RoleComposition(partition: "aws", account: "111122223333")
        let account = DecisionInputs.Object.known(Annotations(["eks.amazonaws.com/role-arn": ""]))
        #expect(try PodUnderTest.mutate(account, listed: false, settings: settings).reason == .noRole)
    }

    @Test("use the account and region of the instance's identity document")
    func document() throws {
        let text =
            #"{"accountId": "111122223333", "region": "cn-north-1", "instanceId": "i-1", "version": "2017-09-30"}"#
        let identity = try InstanceIdentity(document: Array(text.utf8))
        #expect(identity.account == "111122223333" && identity.region == "cn-north-1")
    }

    @Test(
        "require both in the document",
        arguments: [
            "", "<html>", "[]", "{}", #"{"accountId": "111122223333"}"#, #"{"region": "cn-north-1"}"#,
            #"{"accountId": 111122223333, "region": "r"}"#, #"{"accountId": "1111222233", "region": "r"}"#,
            #"{"accountId": "111122223333", "region": ""}"#,
        ]
    )
    func badDocument(_ text: String) {
        #expect(throws: AWSIdentityError.self) { try InstanceIdentity(document: Array(text.utf8)) }
    }
}
