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
        "a container gets the mount unless it has one of that volume, wherever",
        arguments: [
            ("", "[\(mount)]"), (#","volumeMounts":null"#, "[\(mount)]"), (#","volumeMounts":[]"#, "[\(mount)]"),
            (#","volumeMounts":[{"name":"v","mountPath":"/v"}]"#, #"[{"name":"v","mountPath":"/v"},\#(mount)]"#),
            (#","volumeMounts":[{"name":"token","mountPath":"/else"}]"#, #"[{"name":"token","mountPath":"/else"}]"#),
            (
                #","volumeMounts":[{"name":"v","mountPath":"/token/"}]"#,
                #"[{"name":"v","mountPath":"/token/"},\#(mount)]"#
            ),
            (#","volumeMounts":[{"mountPath":7},1]"#, #"[{"mountPath":7},1,\#(mount)]"#),
        ]
    )
    func mounts(container: String, expected: String) throws {
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"\#(container)}]}}"#, .simple)
        #expect(text(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]) == expected)
        #expect(trial.warnings == [])
    }

    @Test("a mount of another volume at the path stays, with a warning in place of the mount")
    func conflict() throws {
        let taken = #"{"name":"v","mountPath":"/token"}"#
        let trial = try Trial(
            #"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(taken)]},{"name":"d"}]}}"#,
            .simple
        )
        #expect(text(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]) == "[\(taken)]")
        #expect(text(trial.after["spec"]?["containers"]?.elements?[1]["volumeMounts"]) == "[\(Self.mount)]")
        #expect(trial.warnings == ["container c: another volume is mounted at /token, the token is not"])
    }

    @Test("no conflict if the path is that of the volume's own mount")
    func noConflict() throws {
        let mounts = #"[{"name":"v","mountPath":"/token"},{"name":"token","mountPath":"/else"}]"#
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c","volumeMounts":\#(mounts)}]}}"#, .simple)
        #expect(text(trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]) == mounts)
        #expect(trial.warnings == [])
    }

    @Test(
        "the pod gets the volume unless it has one of that name, of any kind",
        arguments: [
            ("", "[\(volume)]"), (#","volumes":null"#, "[\(volume)]"), (#","volumes":[]"#, "[\(volume)]"),
            (#","volumes":[{"name":"v"}]"#, #"[{"name":"v"},\#(volume)]"#),
            (#","volumes":[{"name":"token","emptyDir":{}}]"#, #"[{"name":"token","emptyDir":{}}]"#),
        ]
    )
    func volumes(spec: String, expected: String) throws {
        #expect(text(try Trial(#"{"spec":{"containers":[]\#(spec)}}"#, .simple).after["spec"]?["volumes"]) == expected)
        #expect(text(try Trial(#"{"spec":{"x":1\#(spec)}}"#, .simple).after["spec"]?["volumes"]) == expected)
    }

    @Test("several volumes and mounts, of which some are there")
    func several() throws {
        var injection = Injection.simple
        injection.volumes.append(ProjectedTokenVolume(name: "more", audience: "b", expirationSeconds: 600, path: "u"))
        injection.mounts += [TokenMount(volume: "more", path: "/more"), TokenMount(volume: "more", path: "/again")]
        let pod =
            #"{"spec":{"containers":[{"volumeMounts":[{"name":"token","mountPath":"/x"}]}],"volumes":[{"name":"more"}]}}"#
        let trial = try Trial(pod, injection)
        #expect(
            trial.operations == [
                "add /spec/containers/0/env", "add /spec/containers/0/volumeMounts/-",
                "add /spec/containers/0/volumeMounts/-", "add /spec/volumes/-",
            ]
        )
        let mounts = trial.after["spec"]?["containers"]?.elements?[0]["volumeMounts"]?.elements ?? []
        #expect(mounts.map { $0["mountPath"]?.string } == ["/x", "/more", "/again"])
        #expect(trial.after["spec"]?["volumes"]?.elements?.map { $0["name"]?.string } == ["more", "token"])
    }
}
