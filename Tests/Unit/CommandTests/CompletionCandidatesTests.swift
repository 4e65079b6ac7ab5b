import Testing

@testable import pod_identity_webhook

@Suite("The completion of a command line", .timeLimit(.minutes(5)))
struct CompletionCandidatesTests {
    private static func candidates(_ line: String) -> CompletionCandidates {
        // A space at the end starts a new word.
        CompletionCandidates(
            PodIdentityWebhook.self,
            line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        )
    }

    @Test(
        "offers what is valid at that place",
        arguments: [
            ("", "serve mutate doctor policy trust-policy issuer profile completion help"), ("doc", "doctor"),
            ("issuer ", "documents thumbprint check help"),
            ("help ", "serve mutate doctor policy trust-policy issuer profile completion"),
            ("help issuer th", "thumbprint"), ("xyz ", ""), ("mutate ", ""), ("completion z", "zsh"),
            // Without a subcommand, the flags are those of serve.
            ("--tls-ce", "--tls-cert"), ("--port 1 --tls-ce", "--tls-cert"), ("--in-cluster --tls-ce", "--tls-cert"),
            ("serve --tls-ce", "--tls-cert"), ("--versi", "--version"), ("mutate --fil", "--filename"),
            ("mutate -fx --fil", "--filename"), ("issuer check --outp", "--output"),
            // Values.
            ("mutate -o ", "yaml json patch diff"), ("mutate -o p", "patch"), ("mutate --output=p", "patch"),
            ("mutate --output=", "yaml json patch diff"), ("--log-format j", "json"), ("--in-cluster=", "true false"),
            ("--in-cluster t", ""), ("--default-injection-mode g", "gcloud"), ("--default-injection-mode=g", "gcloud"),
            ("--providers ", "aws google azure"),
            ("--providers=aws,", "aws,google aws,azure"),
            ("--azure-environment AzureG", "AzureGermanCloud"), ("--port ", ""), ("doctor -n ", ""),
        ]
    )
    func words(line: String, expected: String) {
        let candidates = Self.candidates(line)
        #expect(candidates.words == expected.split(separator: " ").map(String.init))
        #expect(!candidates.areFiles)
    }

    @Test(
        "offers files if a value is a path",
        arguments: [
            "mutate -f ", "mutate -f x", "mutate -f --fil", "mutate --filename=x", "mutate --filename ", "--tls-cert ",
            "--tls-cert cr",
            "serve --kubeconfig=", "doctor --kubeconfig k", "--profiles ", "--service-accounts ", "profile lint ",
            "profile lint a ", "issuer documents -o ", "issuer documents --public-key ", "doctor --trust-policies ",
        ]
    )
    func files(line: String) {
        #expect(Self.candidates(line).areFiles)
        #expect(Self.candidates(line).text == "files\n")
    }

    @Test("offers every flag except hidden ones")
    func allFlags() {
        let words = Self.candidates("--").words
        #expect(Set(words) == Set((DeclaredFlags(Serve.self).names + ["help", "version"]).map { "--\($0)" }))
        #expect(!words.contains("--\(PFlagSyntax.withoutEffectFlag)"))
    }
}
