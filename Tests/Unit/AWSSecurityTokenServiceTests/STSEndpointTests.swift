import HTTPClient
import Testing

@testable import AWSSecurityTokenService

@Suite("The endpoint of STS", .timeLimit(.minutes(5)))
struct STSEndpointTests {
    @Test(
        "is that of the region, or of the default region in the role's partition",
        arguments: [
            ("aws", "eu-central-1", "sts.eu-central-1.amazonaws.com"), ("aws", "", "sts.us-east-1.amazonaws.com"),
            ("aws", "cn-north-1", "sts.us-east-1.amazonaws.com"),
            ("aws-cn", "cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
            ("aws-cn", "eu-central-1", "sts.cn-north-1.amazonaws.com.cn"),
            ("aws-us-gov", "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com"),
            ("aws-us-gov", "us-east-1", "sts.us-gov-west-1.amazonaws.com"),
            ("aws-iso", "", "sts.us-iso-east-1.c2s.ic.gov"),
            ("aws-iso-b", "us-iso-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("aws-eusc", "", "sts.eusc-de-east-1.amazonaws.eu"),
        ]
    )
    func hosts(partition: String, region: String, host: String) throws {
        let endpoint = try STSEndpoint(partition: partition, region: region)
        #expect(endpoint.url.host == host && endpoint.url.isTLS && endpoint.url.port == 443)
    }

    @Test(
        "requires a region that is a valid DNS label",
        arguments: ["eu.example.com/", "EU-central-1", "$(REGION)", "a@b", String(repeating: "a", count: 33)]
    )
    func hostile(region: String) {
        #expect(throws: STSEndpoint.Failure.region(region)) { try STSEndpoint(partition: "aws", region: region) }
    }

    @Test("is unknown for an unknown partition")
    func partition() {
        #expect(throws: STSEndpoint.Failure.partition("aws-x")) { try STSEndpoint(partition: "aws-x", region: "") }
    }

    @Test(
        "from the environment is used if it does not send tokens in plaintext",
        arguments: [
            ("https://sts.example.com", true), ("https://sts.example.com:8443/path", true),
            ("http://127.0.0.1:5000", true),
            ("http://localhost:5000", true), ("http://[::1]:5000", true), ("http://sts.example.com", false),
            ("http://127.0.0.1.example.com", false), ("http://127.example.com", false), ("sts.example.com", false),
            ("https://user:secret@sts", false),
        ]
    )
    func environment(text: String, isAccepted: Bool) {
        let found = try? STSEndpoint(environment: ["AWS_ENDPOINT_URL_STS": text])
        #expect((found != nil) == isAccepted)
    }

    @Test("is not taken from a missing or empty variable")
    func absent() throws {
        #expect(try STSEndpoint(environment: [:]) == nil)
        #expect(try STSEndpoint(environment: ["AWS_ENDPOINT_URL_STS": ""]) == nil)
    }
}
