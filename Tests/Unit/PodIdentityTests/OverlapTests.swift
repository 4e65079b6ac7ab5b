import JSON
import PodIdentity
import TestSupport
import Testing

/// Tests injections of different clouds that overlap with each other or with the pod's own content.
@Suite("Overlapping injections", .timeLimit(.minutes(5)))
struct OverlapTests {
    private func injection(_ policy: EnvironmentGroup.Policy, _ value: String) -> Injection {
        .environment(EnvironmentGroup(policy, [("X", value)]))
    }

    private static let policies: [EnvironmentGroup.Policy] = [.addIfAbsent, .addIfNoneIsSet, .replace]

    @Test("use the first one's variable, also on a second call", arguments: policies, policies)
    func variables(first: EnvironmentGroup.Policy, second: EnvironmentGroup.Policy) throws {
        let both = [injection(first, "1"), injection(second, "2")]
        let trial = try Trial(JSONTree(parsing: #"{"spec":{"containers":[{"name":"c"}]}}"#.utf8), both)
        let variable = JSONTree.object(["name": .string("X"), "value": .string("1")])
        #expect(trial.after[path: ["spec", "containers"]]?.elements?.first?["env"] == .array([variable]))
        #expect(try Trial(trial.after, both).operations == [])
    }

    @Test("replace containers before they put one in front of them")
    func containers() throws {
        func container(_ name: String, _ position: InjectedContainer.Position) -> Injection {
            var injection = Injection.nothing
            let tree = JSONTree.object(["name": .string(name), "image": .string("new")])
            injection.containers = [InjectedContainer(name, in: .initContainers, position, policy: .replace, tree)]
            return injection
        }
        let pod =
            #"{"spec":{"containers":[],"initContainers":[{"name":"a","image":"own"},{"name":"b","image":"own"}]}}"#
        let all = [container("first", .first), container("b", .last), container("last", .last)]
        let trial = try Trial(JSONTree(parsing: pod.utf8), all)
        let images = trial.after[path: ["spec", "initContainers"]]?.elements?.map {
            "\($0["name"]?.string ?? "") \($0["image"]?.string ?? "")"
        }
        #expect(images == ["first new", "a own", "b new", "last new"])
        #expect(try Trial(trial.after, all).operations == [])
    }

    @Test(
        "rename the volume in an added container's mount too, even if no other container mounts it"
    )
    func renamedVolume() throws {
        var injection = Injection.simple
        injection.onlyContainers = ["nobody"]
        let mount = JSONTree.object(["name": .string("token"), "mountPath": .string("/token")])
        let container = JSONTree.object(["name": .string("helper"), "volumeMounts": .array([mount])])
        injection.containers = [InjectedContainer("helper", in: .containers, .last, policy: .keep, container)]
        let pod = #"{"spec":{"containers":[{"name":"c"}],"volumes":[{"name":"token","emptyDir":{}}]}}"#
        let trial = try Trial(pod, injection)
        #expect(trial.after[path: ["spec", "volumes"]]?.elements?.last?["name"]?.string == "token-2")
        let mounts = trial.after[path: ["spec", "containers"]]?.elements?.last?["volumeMounts"]
        #expect(mounts?.elements?.map { $0["name"]?.string } == ["token-2"])
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("replace a volume with a different audience or other differences")
    func audience() throws {
        var injection = Injection.simple
        injection.volumes = [
            InjectedVolume(
                "token",
                .projected([.token(.init(audience: "", expirationSeconds: 600, path: "t"))]),
                policy: .replace
            )
        ]
        let other = #"{"serviceAccountToken":{"audience":"other","expirationSeconds":600,"path":"t"}}"#
        let volume = #"{"name":"token","projected":{"defaultMode":420,"sources":[\#(other)]}}"#
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}],"volumes":[\#(volume)]}}"#, injection)
        #expect(trial.operations.contains("replace /spec/volumes/0"))
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("replace a mount at a different path to make room for another injection's")
    func mounts() throws {
        func injection(_ volume: String, _ path: String, _ policy: ConflictPolicy) -> Injection {
            var injection = Injection.nothing
            injection.volumes = [InjectedVolume(volume, .empty)]
            injection.mounts = [InjectedMount(volume: volume, path: path, isWritable: true, policy: policy)]
            return injection
        }
        let both = [injection("v", "/a", .keep), injection("w", "/b", .replace)]
        let pod = #"""
            {"spec":{"containers":[{"name":"c","volumeMounts":[{"name":"w","mountPath":"/a","subPath":"x"}]}],
             "volumes":[{"name":"w","emptyDir":{}}]}}
            """#
        let trial = try Trial(JSONTree(parsing: pod.utf8), both)
        let mounts = trial.after[path: ["spec", "containers"]]?.elements?.first?["volumeMounts"]?.elements
        #expect(mounts?.map { $0["mountPath"]?.string } == ["/b", "/a"])
        #expect(trial.parts.map(\.reason) == [.injected, .injected] && trial.warnings == [])
    }

    @Test("add volumes that no container mounts only on request", arguments: [true, false])
    func unmounted(isAdded: Bool) throws {
        var injection = Injection.simple
        injection.skippedContainers = ["c"]
        let token = InjectedVolume.Token(audience: "a", expirationSeconds: 600, path: "t")
        injection.volumes = [InjectedVolume("token", .projected([.token(token)]), isAlwaysAdded: isAdded)]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}]}}"#, injection)
        #expect(trial.operations == (isAdded ? ["add /spec/volumes"] : []))
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("report a file that is mounted with subPath as a file rather than a token, if it changes")
    func files() throws {
        func reason(_ source: InjectedVolume.Source) throws -> (Reason, [String]) {
            var injection = Injection.simple
            injection.environment = []
            injection.volumes = [InjectedVolume("token", .projected([source]))]
            let mount = #"{"name":"token","mountPath":"/token/t","subPath":"t"}"#
            let trial = try Trial(#"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(mount)]}]}}"#, injection)
            return (trial.reason, trial.warnings)
        }
        let (field, none) = try reason(.fields([.init(path: "t", annotation: "k")]))
        #expect(field == .injected && !none.contains { $0.contains("never renewed") })
        let (bundle, texts) = try reason(.trustBundle(.init(signerName: "s", path: "t")))
        #expect(bundle == .tokenUnreachable)
        #expect(texts.contains { $0.hasPrefix("the file at /token/t is mounted with subPath") })
        let (token, ofToken) = try reason(.token(.init(audience: "a", expirationSeconds: 600, path: "t")))
        #expect(token == .tokenUnreachable && ofToken.contains { $0.hasPrefix("the token at /token/t is mounted") })
    }

    private func mounts(_ trial: Trial) -> [String] {
        (trial.after[path: ["spec", "containers"]]?.elements?.first?["volumeMounts"]?.elements ?? []).map {
            "\($0["name"]?.string ?? "") \($0["mountPath"]?.string ?? "")"
        }
    }

    @Test(
        "leave a mount to be replaced at its path if its new path is in use, unless it is always added",
        arguments: [true, false]
    )
    func occupied(insists: Bool) throws {
        var injection = Injection.simple
        injection.mounts = [InjectedMount(volume: "token", path: "/token", policy: .replace, isAlwaysAdded: insists)]
        let own = #"[{"name":"v","mountPath":"/token"},{"name":"token","mountPath":"/else"}]"#
        let containers = #"[{"name":"c","volumeMounts":\#(own)}]"#
        let trial = try Trial(#"{"spec":{"containers":\#(containers),"volumes":[{"name":"v"}]}}"#, injection)
        #expect(mounts(trial) == ["v /token", insists ? "token /token" : "token /else"])
        #expect(trial.reason == .mountConflict)
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("do not add a mount at the path of an earlier injection, also on a second call")
    func insistingMounts() throws {
        let both = ["v", "w"].map { volume in
            var injection = Injection.nothing
            injection.volumes = [InjectedVolume(volume, .empty)]
            injection.mounts = [InjectedMount(volume: volume, path: "/a", isAlwaysAdded: true)]
            return injection
        }
        let trial = try Trial(JSONTree(parsing: #"{"spec":{"containers":[{"name":"c"}]}}"#.utf8), both)
        #expect(mounts(trial) == ["v /a"])
        #expect(try Trial(trial.after, both).operations == [])
    }

    @Test(
        "find a file that a container creates by the name of its volume",
        arguments: [.keep, .replace] as [ConflictPolicy]
    )
    func madeFiles(policy: ConflictPolicy) throws {
        func injection(_ content: InjectedVolume.Content, _ path: String) -> Injection {
            var injection = Injection.nothing
            injection.volumes = [InjectedVolume("w", content, policy: policy)]
            injection.mounts = [InjectedMount(volume: "w", path: path, isWritable: true)]
            injection.files = [IdentityFile(nil, volume: "w", path: "t")]
            return injection
        }
        let both = [
            injection(.downwardAPI([.init(path: "t", annotation: "k")]), "/first"), injection(.empty, "/second"),
        ]
        let mount = #"{"name":"own","mountPath":"/second"}"#
        let containers =
            #"[{"name":"c","volumeMounts":[{"name":"own","mountPath":"//x"}]},{"name":"d","volumeMounts":[\#(mount)]}]"#
        let pod = #"{"spec":{"containers":\#(containers),"volumes":[{"name":"own","emptyDir":{}}]}}"#
        let trial = try Trial(JSONTree(parsing: pod.utf8), both)
        #expect(mounts(trial) == ["own //x", "w /first", "w-2 /second"])
        #expect(trial.warnings == ["another volume is mounted at /second, without the file t: own (container d)"])
    }
}
