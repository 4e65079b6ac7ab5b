import JSON
import PodIdentity
import TestSupport
import Testing

/// Without an `fsGroup`, root owns a volume's files, but the kubelet gives tokens to the user that all containers
/// share.
@Suite("Files with their own modes", .timeLimit(.minutes(5)))
struct FileModeTests {
    private static func injection(_ mode: Int?) -> Injection {
        var injection = Injection(method: "m", identity: "i")
        let token = InjectedVolume.Token(audience: "a", expirationSeconds: 3600, path: "token")
        injection.volumes = [
            InjectedVolume("tokens", .projected([.token(token)]), mode: mode),
            InjectedVolume("fields", .downwardAPI([.init(path: "file", fieldPath: "metadata.name")]), mode: mode),
        ]
        injection.mounts = [
            InjectedMount(volume: "tokens", path: "/tokens"), InjectedMount(volume: "fields", path: "/fields"),
        ]
        injection.files = [
            IdentityFile(nil, volume: "fields", path: "file"), IdentityFile(nil, volume: "tokens", path: "token"),
        ]
        return injection
    }

    private static let both = "file of the volume fields and token of the volume tokens"
    private static let cases: [(pod: String, one: String, two: String, mode: Int?, closed: String?)] = [
        // Users and groups that an image sets are unknown.
        ("", "", "", 0o440, nil),
        ("", #""runAsUser":7"#, "", 0o440, nil),
        ("", #""runAsGroup":7"#, "", 0o440, nil),
        ("", #""runAsUser":7,"runAsGroup":7"#, "", 0o440, both),
        ("", #""runAsUser":7,"runAsGroup":7"#, #""runAsUser":7"#, 0o440, "file of the volume fields"),
        ("", #""runAsUser":7,"runAsGroup":7"#, #""runAsUser":8"#, 0o440, both),
        (#""runAsUser":7,"runAsGroup":7"#, "", #""runAsUser":0"#, 0o440, both),
        (#""runAsGroup":7,"supplementalGroups":[3]"#, #""runAsUser":7"#, "", 0o440, both),
        (#""runAsGroup":7,"supplementalGroups":[3,0]"#, #""runAsUser":7"#, "", 0o440, nil),
        (#""runAsGroup":7,"supplementalGroups":[3,0]"#, #""runAsUser":7"#, "", 0o400, both),
        ("", #""runAsUser":7,"runAsGroup":0"#, "", 0o440, nil),
        ("", #""runAsUser":0,"runAsGroup":7"#, "", 0o440, nil),
        (#""fsGroup":3"#, #""runAsUser":7,"runAsGroup":7"#, "", 0o440, nil),
        ("", #""runAsUser":7,"runAsGroup":7"#, "", 0o444, nil),
        ("", #""runAsUser":7,"runAsGroup":7"#, "", nil, nil),
    ]

    @Test("cause a warning with what to do if a container cannot read them", arguments: cases)
    func warning(_ sample: (pod: String, one: String, two: String, mode: Int?, closed: String?)) throws {
        let pod = """
            {"spec":{"securityContext":{\(sample.pod)},"containers":[
             {"name":"one","securityContext":{\(sample.one)}},{"name":"two","securityContext":{\(sample.two)}}]}}
            """
        let trial = try Trial(pod, Self.injection(sample.mode))
        let expected = sample.closed.map {
            "user 7 cannot read \($0), owned by root: set fsGroup in the pod's securityContext (container one)"
        }
        #expect(trial.warnings == (expected.map { [$0] } ?? []))
        #expect(try Trial(trial.after, Self.injection(sample.mode)).warnings == trial.warnings, "it warns again")
    }

    @Test("cause a warning that takes an added container into account", arguments: ["", #""runAsUser":7"#])
    func added(setup: String) throws {
        var injection = Self.injection(0o440)
        injection.files = [IdentityFile(nil, volume: "tokens", path: "token")]
        let container = try JSONTree(parsing: #"{"name":"setup","securityContext":{\#(setup)}}"#.utf8)
        injection.containers = [.init("setup", in: .initContainers, .first, policy: .replace, container)]
        let pod = #"{"spec":{"containers":[{"name":"one","securityContext":{"runAsUser":7,"runAsGroup":7}}]}}"#
        #expect(try Trial(pod, injection).warnings.isEmpty != setup.isEmpty)
    }
}
