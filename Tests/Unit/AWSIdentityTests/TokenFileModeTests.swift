import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

/// If all containers run as one user, the kubelet makes the token readable only for that user.
@Suite("An ephemeral container that runs as a different user than all others", .timeLimit(.minutes(5)))
struct TokenFileModeTests {
    private static let role = "arn:aws:iam::111122223333:role/app"

    private static let cases: [(pod: String, container: String, ephemeral: String, isWarned: Bool)] = [
        ("", #""runAsUser":1000"#, #""runAsUser":2000"#, true),
        ("", #""runAsUser":1000"#, #""runAsUser":1000"#, false),
        (#""runAsUser":1000"#, "", #""runAsUser":2000"#, true),
        (#""runAsUser":1000"#, "", "", false),
        (#""runAsUser":1000"#, #""runAsUser":3000"#, "", true),
        (#""runAsUser":1000,"fsGroup":1000"#, "", #""runAsUser":2000"#, false),
        ("", "", #""runAsUser":2000"#, false),
        ("", #""runAsUser":1000"#, "", false),
        ("", #""runAsUser":1000"#, #""runAsUser":0"#, false),
        ("", #""runAsUser":1000"#, #""runAsUser":0,"capabilities":{"drop":["ALL"]}"#, true),
        ("", #""runAsUser":1000"#, #""runAsUser":0,"capabilities":{"drop":["ALL"],"add":["DAC_OVERRIDE"]}"#, false),
    ]

    @Test("causes a warning that it cannot read the token", arguments: cases)
    func warning(_ sample: (pod: String, container: String, ephemeral: String, isWarned: Bool)) throws {
        let text = """
            {"spec":{"serviceAccountName":"app","securityContext":{\(sample.pod)},
            "containers":[{"name":"main","securityContext":{\(sample.container)}}]}}
            """
        let providers = [IRSAProvider(settings: AWSSettings())]
        var pod = try PureMutation.run(
            try JSONTree(parsing: text.utf8),
            serviceAccount: .known(Annotations(["eks.amazonaws.com/role-arn": Self.role])),
            providers: providers
        ).pod
        let ephemeral = #"[{"name":"debugger","securityContext":{\#(sample.ephemeral)}}]"#
        pod[path: ["spec", "ephemeralContainers"]] = try JSONTree(parsing: ephemeral.utf8)
        let result = try JSONParser().parse(pod.bytes) { root in
            try ProviderChain(providers).mutateEphemeralContainers(of: try PodView(root, namespace: "ns"), except: [])
        }
        #expect(result.reason == .injected)
        #expect(result.warnings.isEmpty != sample.isWarned, "\(result.warnings)")
        if sample.isWarned { #expect(result.warnings.lines[0].contains("cannot read the token")) }
    }
}
