import JSON
import PodIdentity
import TestSupport
import Testing

/// What happens where injections of different clouds meet, in each other's or the pod's own things.
@Suite("Injections that want the same", .timeLimit(.minutes(5)))
struct OverlapTests {
    private func injection(_ policy: EnvironmentGroup.Policy, _ value: String) -> Injection {
        .environment(EnvironmentGroup(policy, [("X", value)]))
    }

    private static let policies: [EnvironmentGroup.Policy] = [.addIfAbsent, .addIfNoneIsSet, .replace]

    @Test("the first one's variable counts, now and when the pod comes again", arguments: policies, policies)
    func variables(first: EnvironmentGroup.Policy, second: EnvironmentGroup.Policy) throws {
        let both = [injection(first, "1"), injection(second, "2")]
        let trial = try Trial(JSONTree(parsing: #"{"spec":{"containers":[{"name":"c"}]}}"#.utf8), both)
        let variable = JSONTree.object(["name": .string("X"), "value": .string("1")])
        #expect(trial.after[path: ["spec", "containers"]]?.elements?.first?["env"] == .array([variable]))
        #expect(try Trial(trial.after, both).operations == [])
    }

    @Test("replacements come before a container that is put in front of theirs")
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
        "a container that is brought mounts the injection's volume under the name that it gets, though nobody else does"
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

    @Test("a volume that is to be replaced is not taken for one of another audience or with more than defaults")
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

    @Test("a mount that goes elsewhere makes way for that of another injection")
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

    @Test("volumes that no container mounts are added only on request", arguments: [true, false])
    func unmounted(isAdded: Bool) throws {
        var injection = Injection.simple
        injection.skippedContainers = ["c"]
        let token = InjectedVolume.Token(audience: "a", expirationSeconds: 600, path: "t")
        injection.volumes = [InjectedVolume("token", .projected([.token(token)]), isAlwaysAdded: isAdded)]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}]}}"#, injection)
        #expect(trial.operations == (isAdded ? ["add /spec/volumes"] : []))
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("a file that is no token, and of which only a part of the volume is mounted, is told as a file if it changes")
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
        "a mount that replaces one stays there if another volume is mounted at its path, unless it insists",
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

    @Test("a mount does not insist on the path of an earlier injection, now and when the pod comes again")
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
        "a file that a container makes is known by the name that its volume gets",
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
