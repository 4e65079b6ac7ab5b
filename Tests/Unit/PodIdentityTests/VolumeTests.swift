import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Volumes and mounts", .timeLimit(.minutes(5)))
struct VolumeTests {
    private static let mount = #"{"name":"token","readOnly":true,"mountPath":"/token"}"#
    private static let volume =
        #"{"name":"token","projected":{"sources":[{"serviceAccountToken":"#
        + #"{"audience":"a","expirationSeconds":3600,"path":"t"}}]}}"#

    private func text(_ tree: JSONTree?) -> String { String(decoding: tree?.bytes ?? [], as: UTF8.self) }

    @Test(
        "include a mount unless the container has it, even if it mounts the volume elsewhere",
        arguments: [
            ("", "[\(mount)]"), (#","volumeMounts":null"#, "[\(mount)]"), (#","volumeMounts":[]"#, "[\(mount)]"),
            (#","volumeMounts":[{"name":"v","mountPath":"/v"}]"#, #"[{"name":"v","mountPath":"/v"},\#(mount)]"#),
            (
                #","volumeMounts":[{"name":"token","mountPath":"/else"}]"#,
                #"[{"name":"token","mountPath":"/else"},\#(mount)]"#
            ),
            (
                #","volumeMounts":[{"name":"token","mountPath":"/else/t","subPath":"t"}]"#,
                #"[{"name":"token","mountPath":"/else/t","subPath":"t"},\#(mount)]"#
            ),
            (
                #","volumeMounts":[{"name":"token","mountPath":"//token/."}]"#,
                #"[{"name":"token","mountPath":"//token/."}]"#
            ),
            (#","volumeMounts":[{"mountPath":7},1]"#, #"[{"mountPath":7},1,\#(mount)]"#),
        ]
    )
    func mounts(container: String, expected: String) throws {
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"\#(container)}]}}"#, .simple)
        #expect(text(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]) == expected)
        #expect(trial.warnings == [])
    }

    @Test(
        "leave another volume's mount at the path alone, however the path is written, with a warning",
        arguments: ["/token", "/token/", "//token", "/./token", "/x/../token"]
    )
    func conflict(path: String) throws {
        let taken = #"{"name":"v","mountPath":"\#(path)"}"#
        let trial = try Trial(
            #"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(taken)]},{"name":"d"}],"volumes":[{"name":"v"}]}}"#,
            .simple
        )
        #expect(trial.reason == .mountConflict)
        let again = try Trial(trial.after, .simple)
        #expect(again.operations == [] && again.reason == .mountConflict && again.warnings == trial.warnings)
        #expect(text(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]) == "[\(taken)]")
        #expect(text(trial.after["spec"]?["containers"]?.elements?[1]["volumeMounts"]) == "[\(Self.mount)]")
        #expect(trial.warnings == ["another volume is mounted at \(path) instead of the token: v (container c)"])
    }

    @Test("are not added if another volume at the path has the same token")
    func sameToken() throws {
        let volume = Self.volume.replacing(#""name":"token""#, with: #""name":"mine""#)
        let mounts = #"[{"name":"mine","mountPath":"/token"}]"#
        let pod = #"{"spec":{"containers":[{"name":"c","volumeMounts":\#(mounts)}],"volumes":[\#(volume)]}}"#
        let trial = try Trial(pod, .simple)
        #expect(trial.operations == ["add /spec/containers/0/env"] && trial.warnings == [])
    }

    private static let second = volume.replacing(#""name":"token""#, with: #""name":"token-2""#)
    private static let third = volume.replacing(#""name":"token""#, with: #""name":"token-3""#)
    private static let other = volume.replacing(#""audience":"a""#, with: #""audience":"b""#)
    private static let elsewhere = volume.replacing(#""path":"t""#, with: #""path":"u""#)

    @Test(
        "include a volume under the first free name, unless the pod has it",
        arguments: [
            ("", "[\(volume)]", "token"), (#","volumes":null"#, "[\(volume)]", "token"),
            (#","volumes":[]"#, "[\(volume)]", "token"),
            (#","volumes":[{"name":"v"}]"#, #"[{"name":"v"},\#(volume)]"#, "token"),
            (#","volumes":[\#(volume)]"#, "[\(volume)]", "token"),
            (
                #","volumes":[{"name":"token","emptyDir":{}}]"#, #"[{"name":"token","emptyDir":{}},\#(second)]"#,
                "token-2"
            ),
            (#","volumes":[\#(other)]"#, "[\(other),\(second)]", "token-2"),
            (#","volumes":[\#(elsewhere)]"#, "[\(elsewhere),\(second)]", "token-2"),
            (#","volumes":[\#(other),\#(second)]"#, "[\(other),\(second)]", "token-2"),
            (
                #","volumes":[{"name":"token-2"},\#(other)]"#, #"[{"name":"token-2"},\#(other),\#(third)]"#, "token-3"
            ),
        ]
    )
    func volumes(spec: String, expected: String, name: String) throws {
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}]\#(spec)}}"#, .simple)
        #expect(text(trial.after["spec"]?["volumes"]) == expected)
        #expect(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]?.elements?[0]["name"]?.string == name)
        #expect(trial.warnings == [] && trial.reason == .injected)
        let again = try Trial(trial.after, .simple)
        #expect(again.operations == [] && again.reason == .alreadyInjected)
    }

    @Test("have names that Kubernetes accepts")
    func longName() throws {
        let name = String(repeating: "n", count: 63)
        var injection = Injection.simple
        injection.volumes = [.token(name, audience: "a", expirationSeconds: 600, path: "t")]
        injection.mounts = [InjectedMount(volume: name, path: "/token")]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}],"volumes":[{"name":"\#(name)"}]}}"#, injection)
        let added = trial.after["spec"]?["volumes"]?.elements?.last?["name"]?.string
        #expect(added == String(repeating: "n", count: 61) + "-2")
    }

    @Test("do not include a volume that no container mounts")
    func unused() throws {
        #expect(try Trial(#"{"spec":{"containers":[]}}"#, .simple).operations == [])
        var injection = Injection.simple
        injection.skippedContainers = ["c"]
        let skipped = try Trial(#"{"spec":{"containers":[{"name":"c"}]}}"#, injection)
        #expect(skipped.operations == [] && skipped.reason == .alreadyInjected)
        injection.skippedContainers = []
        injection.skipContainerIfSet = [["ID"]]
        let complete = try Trial(#"{"spec":{"containers":[{"name":"c","env":[{"name":"ID"}]}]}}"#, injection)
        #expect(complete.operations == [])
    }

    @Test("include a volume that is always added, even if no container mounts it")
    func always() throws {
        var injection = Injection.simple
        injection.skippedContainers = ["c"]
        injection.volumes = [InjectedVolume("v", .empty, policy: .replace, isAlwaysAdded: true)]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}]}}"#, injection)
        #expect(trial.operations == ["add /spec/volumes"] && trial.reason == .injected)
        #expect(try Trial(trial.after, injection).operations == [])
        let taken = try Trial(#"{"spec":{"containers":[{"name":"c"}],"volumes":[{"name":"v"}]}}"#, injection)
        #expect(taken.operations == ["replace /spec/volumes/0"])
    }

    @Test("replace a mount of the same volume, even if the pod lacks the volume")
    func replacedMount() throws {
        var injection = Injection.simple
        injection.mounts = [InjectedMount(volume: "token", path: "/token", policy: .replace)]
        let own = #"[{"name":"v","mountPath":"/v"},{"name":"token","mountPath":"/else","subPath":"x"}]"#
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c","volumeMounts":\#(own)}]}}"#, injection)
        let mounts = trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]
        #expect(text(mounts) == #"[{"name":"v","mountPath":"/v"},\#(Self.mount)]"#)
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("are added only where they are missing")
    func several() throws {
        var injection = Injection.simple
        injection.volumes.append(.token("more", audience: "b", expirationSeconds: 600, path: "u"))
        injection.mounts += [
            InjectedMount(volume: "more", path: "/more"), InjectedMount(volume: "more", path: "/again"),
        ]
        let source = #"{"serviceAccountToken":{"path":"u","audience":"b"}}"#
        let more = #"{"name":"more","projected":{"sources":[\#(source)]}}"#
        let pod =
            #"{"spec":{"containers":[{"volumeMounts":[{"name":"token","mountPath":"/x"}]}],"volumes":[\#(more)]}}"#
        let trial = try Trial(pod, injection)
        #expect(
            trial.operations == [
                "add /spec/containers/0/env", "add /spec/containers/0/volumeMounts/-",
                "add /spec/containers/0/volumeMounts/-", "add /spec/containers/0/volumeMounts/-", "add /spec/volumes/-",
            ]
        )
        let mounts = trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]?.elements ?? []
        #expect(mounts.map { $0["mountPath"]?.string } == ["/x", "/token", "/more", "/again"])
        #expect(trial.after["spec"]?["volumes"]?.elements?.map { $0["name"]?.string } == ["more", "token"])
    }
}
