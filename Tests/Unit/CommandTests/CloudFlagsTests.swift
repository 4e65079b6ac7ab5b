import ArgumentParser
import Testing

@testable import pod_identity_webhook

@Suite("Flags and the enabled clouds", .timeLimit(.minutes(5)))
struct CloudFlagsTests {
    @Test(
        "cause a warning if they belong to another cloud, unless they have their defaults",
        arguments: [
            ([], [:]),
            (["--annotation-prefix=eks.amazonaws.com", "--token-mount-path=/x"], [:]),
            (
                ["--google-default-region=r", "--gcloud-image=i"],
                [.google: ["google-default-region", "google-gcloud-image"]]
            ),
            (["--google-token-default-mode=0440", "--azure-tenant-id="], [:]),
            (["--audience=a", "--providers=google"], [.azure: ["azure-audience"]]),
            (
                [
                    "--providers=google,azure", "--token-expiration=3600", "--token-audience", "a",
                    "--annotate-pods=false",
                ],
                [.aws: ["token-expiration", "token-audience", "annotate-pods"]]
            ),
            (
                ["--providers=azure", "--watch-container-credentials-config=/f"],
                [.aws: ["watch-container-credentials-config"]]
            ),
        ] as [([String], [IdentityOptions.Cloud: [String]])]
    )
    func unused(flags: [String], expected: [IdentityOptions.Cloud: [String]]) throws {
        let arguments = try PFlagSyntax.normalise(flags)
        let found = try IdentityOptions.parse(arguments).unusedFlags(FlagValues(arguments))
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.cloud, $0.names) }) == expected)
    }

    @Test("must not give two clouds the same annotation prefix")
    func prefixes() throws {
        for (flags, isRefused) in [
            (["--providers=aws,google", "--google-annotation-prefix=eks.amazonaws.com"], true),
            (["--providers=google", "--google-annotation-prefix=eks.amazonaws.com"], false),
            (["--providers=azure,google", "--google-annotation-prefix=azure.workload.identity"], true),
            (["--providers=aws,google,azure"], false),
        ] {
            let options = try IdentityOptions.parse(flags + ["--azure-tenant-id=t"])
            do {
                _ = try options.providers(configMapNamespace: "n", composition: nil, environment: [:])
                #expect(!isRefused, "\(flags)")
            } catch {
                #expect(isRefused && "\(error)".contains("have the same prefix"), "\(flags)")
            }
        }
    }

    @Test(
        "name a cloud in any spelling, once",
        arguments: [
            ("aws", [.aws]), ("AWS, google", [.aws, .google]), (" azure", [.azure]), ("aws,aws", nil), ("aws,", nil),
            ("", nil), ("gcp", nil), ("aws,Aws", nil),
        ] as [(String, [IdentityOptions.Cloud]?)]
    )
    func clouds(text: String, expected: [IdentityOptions.Cloud]?) {
        #expect((try? IdentityOptions.parse(["--providers", text]).clouds) == expected)
    }
}
