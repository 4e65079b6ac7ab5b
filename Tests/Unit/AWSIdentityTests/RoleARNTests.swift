import AWSIdentity
import Testing

@Suite("A role's ARN", .timeLimit(.minutes(5)))
struct RoleARNTests {
    @Test(
        "is parsed in every partition",
        arguments: ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
    )
    func partitions(partition: String) throws {
        let arn = try #require(RoleARN("arn:\(partition):iam::012345678901:role/shop"))
        #expect(arn.partition == partition && arn.account == "012345678901" && arn.resource == "shop")
    }

    @Test(
        "has a name, optionally after a path",
        arguments: [
            "shop", "S3+Read=1,2.3@x_y-z", "team/shop", "a/b/c/d", "aws-service-role/x.amazonaws.com/AWSRole", "a:b/c",
        ]
    )
    func names(resource: String) {
        #expect(RoleARN("arn:aws:iam::012345678901:role/\(resource)")?.resource == resource)
    }

    @Test(
        "is rejected if it is malformed",
        arguments: [
            "", "shop", "role/shop", "arn", "arn:aws:iam::012345678901", "arn:aws:iam::012345678901:role",
            "arn:aws:iam::012345678901:role/", "arn:aws:iam::012345678901:role/a/",
            "arn:aws:iam::012345678901:user/shop",
            "arn:aws:iam::012345678901:assumed-role/shop", "arn:aws:iam::012345678901:Role/shop",
            "arn:aws:iam::1111:role/shop",
            "arn:aws:iam::0123456789012:role/shop", "arn:aws:iam::01234567890x:role/shop", "arn:aws:iam:::role/shop",
            "arn:aws:iam::٠١٢٣٤٥٦٧٨٩٠١:role/shop", "arn:aws:iam:eu-west-1:012345678901:role/shop",
            "arn:aws:sts::012345678901:role/shop", "arn:gcp:iam::012345678901:role/shop",
            "arn::iam::012345678901:role/shop",
            "arn:awscn:iam::012345678901:role/shop", "arn:aws-1:iam::012345678901:role/shop",
            "ARN:aws:iam::012345678901:role/shop",
            " arn:aws:iam::012345678901:role/shop", "arn:aws:iam::012345678901:role/shop ",
            "arn:aws:iam::012345678901:role/a b",
            "arn:aws:iam::012345678901:role/é", "arn:aws:iam::012345678901:role/a\n",
            "arn:aws:iam::012345678901:role/a*",
            "arn:aws:iam::012345678901:role/a b/c", "arn:aws:iam::012345678901:role/é/c",
        ]
    )
    func malformed(text: String) {
        #expect(RoleARN(text) == nil)
    }

    @Test(
        "is reported with the part that is wrong",
        arguments: [
            ("arn:aws:iam::012345678901:role/shop", nil),
            ("", "the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME"),
            ("aws:arn:iam::012345678901:role/shop", "the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME"),
            ("arn:aws:iam::01234567890:role/shop", "the role's account has 11 digits instead of 12"),
            ("arn:aws:iam:::role/shop", "the role's account \"\" is not a number of 12 digits"),
            ("arn:aws:iam::<account>:role/shop", "the role's account \"<account>\" is not a number of 12 digits"),
            ("arn:gcp:iam::012345678901:role/shop", "the role's partition does not begin with aws"),
            ("arn:aws:sts::012345678901:role/shop", "the ARN is for the service \"sts\", not iam"),
            ("arn:aws:iam:eu-west-1:012345678901:role/shop", "the role's ARN has a region, but ARNs of IAM have none"),
            ("arn:aws:iam::012345678901:user/shop", "the ARN names \"user/shop\" instead of role/NAME"),
            ("arn:aws:iam::012345678901:role/", "the role's name is empty"),
            ("arn:aws:iam::012345678901:role/shop ", "the role's name contains white space"),
            ("arn:aws:iam::012345678901:role/a\nb", "the role's name contains white space"),
            (
                "arn:aws:iam::012345678901:role/a*",
                "the role's name contains a character other than letters, digits and +=,.@_-"
            ),
            (
                "arn:aws:iam::012345678901:role/" + String(repeating: "r", count: 2100),
                "the role's ARN has more than 2048 bytes"
            ),
        ] as [(String, String?)]
    )
    func problems(text: String, problem: String?) {
        #expect(RoleARN.problem(in: text) == problem)
    }
}
