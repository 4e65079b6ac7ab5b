import AWSIdentity
import Testing

@Suite("The ARN of a role", .timeLimit(.minutes(5)))
struct RoleARNTests {
    @Test(
        "in every partition",
        arguments: ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
    )
    func partitions(partition: String) throws {
        let arn = try #require(RoleARN("arn:\(partition):iam::012345678901:role/shop"))
        #expect(arn.partition == partition && arn.account == "012345678901" && arn.resource == "shop")
    }

    @Test(
        "has a name, behind a path perhaps",
        arguments: [
            "shop", "S3+Read=1,2.3@x_y-z", "team/shop", "a/b/c/d", "aws-service-role/x.amazonaws.com/AWSRole", "a:b/c",
        ]
    )
    func names(resource: String) {
        #expect(RoleARN("arn:aws:iam::012345678901:role/\(resource)")?.resource == resource)
    }

    @Test(
        "is not made of anything else",
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
}
