import Testing

@testable import pod_identity_webhook

@Suite("The program's name", .timeLimit(.minutes(5)))
struct KubectlPluginTests {
    @Test(
        "determines whether it is a kubectl plugin",
        arguments: [
            ("kubectl-pod_identity", true), ("/usr/local/bin/kubectl-pod_identity", true),
            ("./kubectl-pod_identity", true), ("/kubectl-pod_identity/pod-identity-webhook", false),
            ("kubectl-pod-identity", false), ("pod-identity-webhook", false), ("", false), (nil, false),
        ] as [(String?, Bool)]
    )
    func names(path: String?, isPlugin: Bool) { #expect(KubectlPlugin.isName(of: path) == isPlugin) }

    @Test("is used in advice, for the subcommands that the plugin has")
    func advice() {
        let text = "pod-identity-webhook doctor -n shop; pod-identity-webhook issuer check"
        let expected = "kubectl pod-identity doctor -n shop; pod-identity-webhook issuer check"
        #expect(HelpText.calling(text, as: KubectlPlugin.self) == expected)
        #expect(HelpText.calling(text, as: PodIdentityWebhook.self) == text)
    }
}
