import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Untouched containers", .timeLimit(.minutes(5)))
struct UntouchedContainerTests {
    @Test(
        "get the same as if all their variables and mounts are followed",
        arguments: (300..<303).map { UInt64($0) },
        [true, false]
    )
    func shortcut(seed: UInt64, replacing: Bool) throws {
        var changed = 0
        try Trial.forAll(seed, replacing: replacing) { trial, injection in
            let (short, long) = try JSONParser().parse(trial.before.bytes) { root in
                let pod = try PodView(root, namespace: "shop")
                return (
                    PodMutator.mutate(pod, with: [injection]),
                    PodMutator.mutate(pod, with: [injection], followingAll: true)
                )
            }
            #expect(short.patch.bytes == long.patch.bytes, "\(trial.before.pretty)")
            #expect(short.parts.map(\.reason) == long.parts.map(\.reason), "\(trial.before.pretty)")
            #expect(short.parts.map(\.warnings) == long.parts.map(\.warnings), "\(trial.before.pretty)")
            #expect(short.parts.map(\.concernsContainers) == long.parts.map(\.concernsContainers))
            changed += short.patch.isEmpty ? 0 : 1
        }
        #expect(changed > Trial.podsPerSeed / 2)
    }

    @Test(
        "cause a warning if they lack what the identity needs, unless their owner has acknowledged it",
        arguments: [("", 1), ("main", 0), ("other", 1), ("*", 0)]
    )
    func requirement(acknowledged: String, count: Int) throws {
        var injection = Injection.simple
        injection.environment.append(EnvironmentGroup(.addIfAbsent, [("MODE", "regional")]))
        injection.requirements = [VariableRequirement("MODE", "regional", needsOneOf: ["REGION"])]
        injection.acknowledgedContainers = [acknowledged]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"main","env":[{"name":"X","value":"1"}]}]}}"#, injection)
        #expect(trial.warnings.count == count)
        let setting = try Trial(
            #"{"spec":{"containers":[{"name":"main","env":[{"name":"REGION","value":"1"}]}]}}"#,
            injection
        )
        #expect(setting.warnings.isEmpty)
    }

    @Test(
        "do not include those with variables from elsewhere, which may set it",
        arguments: [(#""envFrom":[{"secretRef":{"name":"s"}}]"#, 0), (#""envFrom":[]"#, 1), (#""env":null"#, 1)]
    )
    func elsewhere(members: String, count: Int) throws {
        var injection = Injection.simple
        injection.environment.append(EnvironmentGroup(.addIfAbsent, [("MODE", "regional")]))
        injection.requirements = [VariableRequirement("MODE", "regional", needsOneOf: ["REGION"])]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"main",\#(members)}]}}"#, injection)
        #expect(trial.warnings.count == count)
    }

    @Test(
        "do not include those with a mount at, above or below a mount of the injection",
        arguments: [
            "/t/x/y", "/token", "/t/./oken1234", "/other/path/that/is/long", "/o//ther/path/../../t", "/aaaaaaa/../t",
            "/aaaaaaaa/../t/x", "/t/", "//////////t", "/./././././t", "/", "t", "", "/aaaaaaaa/.", "/aaaaaaa//b",
        ]
    )
    func paths(path: String) throws {
        for (target, prefix) in [("/t", ""), ("/var/run/t", "/run"), ("/run/t", "/var/run")] {
            var injection = Injection.simple
            injection.volumes = [.token("token", audience: "a", expirationSeconds: 3600, path: "token")]
            injection.mounts = [InjectedMount(volume: "token", path: target)]
            let own = path.hasPrefix("/") ? prefix + path : path
            let pod = #"{"spec":{"containers":[{"name":"c","volumeMounts":[{"name":"v","mountPath":"\#(own)"}]}]}}"#
            try JSONParser().parse(Array(pod.utf8)) { root in
                let pod = try PodView(root, namespace: "shop")
                let short = PodMutator.mutate(pod, with: injection)
                let long = PodMutator.mutate(pod, with: [injection], followingAll: true)
                #expect(short.patch.bytes == long.patch.bytes)
                #expect(short.part.warnings == long.parts.first?.warnings)
            }
        }
    }
}
