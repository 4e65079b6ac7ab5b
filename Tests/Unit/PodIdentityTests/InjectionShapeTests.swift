import JSON
import PodIdentity
import TestSupport
import Testing

/// Detects earlier injections in an existing pod.
@Suite("The injection in a pod's containers", .timeLimit(.minutes(5)))
struct InjectionShapeTests {
    private static let shape = InjectionShape(
        environment: [(.addIfNoneIsSet, ["ID", "FILE"])],
        identityVariables: ["ID", "FILE"],
        fileVariable: "FILE",
        volumes: ["config", "token-"]
    )
    private static let identity = #"{"name":"ID","value":"me"},{"name":"FILE","value":"/token/t"}"#
    private static let token = #""projected":{"sources":[{"serviceAccountToken":{"audience":"a","path":"t"}}]}"#

    private func injections(
        _ environment: String = identity,
        mounts: String,
        volumes: String = #"{"name":"v",\#(token)},{"name":"config","emptyDir":{}},{"name":"e","emptyDir":{}}"#,
        windows: Bool = false
    ) throws -> [Injection] {
        let text = """
            {"spec":{"containers":[{"name":"c","env":[\(environment)],"volumeMounts":[\(mounts)]}],"volumes":[\(volumes)],
            "nodeSelector":{\(windows ? #""kubernetes.io/os":"windows""# : "")}}}
            """
        return try JSONParser().parse(Array(text.utf8)) { root in
            try PodView(root, namespace: "n").injections(of: Self.shape, method: "m") { _, _ in }.map(\.injection)
        }
    }

    @Test("has the mount through which the variable leads to the token")
    func mount() throws {
        let mounts =
            #"{"name":"v","mountPath":"/other"},{"name":"v","mountPath":"/token"},{"name":"e","mountPath":"/e"}"#
        let injection = try #require(try injections(mounts: mounts).first)
        #expect(injection.mounts.map(\.path) == ["/token"] && injection.volumes.map(\.name) == ["v"])
        #expect(injection.files == [IdentityFile("FILE", volume: "v", path: "t")])
        #expect(injection.environment.flatMap(\.variables).map(\.value) == ["me", "/token/t"])
    }

    @Test("has the identity's folders by name, with their existing write access")
    func folders() throws {
        let mounts = #"""
            {"name":"v","mountPath":"/token","readOnly":true},{"name":"config","mountPath":"/config"},
            {"name":"config","mountPath":"/again"}
            """#
        let injection = try #require(try injections(mounts: mounts).first)
        #expect(injection.mounts.map(\.path) == ["/token", "/config"])
        #expect(injection.mounts.map(\.isWritable) == [false, true])
    }

    @Test(
        "is nil if a container cannot reach the token, or if the identity is not in the pod",
        arguments: [
            (identity, #"{"name":"e","mountPath":"/token"}"#),
            (identity, #"{"name":"v","mountPath":"/token"},{"name":"e","mountPath":"/token/t","subPath":"x"}"#),
            (identity, #"{"name":"v","mountPath":"/token/t","subPath":"t"}"#),
            (#"{"name":"FILE","value":"/token/t"}"#, #"{"name":"v","mountPath":"/token"}"#),
            (
                #"{"name":"ID","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},{"name":"FILE","value":"/token/t"}"#,
                #"{"name":"v","mountPath":"/token"}"#
            ),
        ]
    )
    func nothing(environment: String, mounts: String) throws {
        #expect(try injections(environment, mounts: mounts).isEmpty)
    }

    @Test("includes only some of very many volumes and files, including the token")
    func bounds() throws {
        let sources = (0..<1000).map { #"{"serviceAccountToken":{"audience":"b","path":"\#($0)"}}"# }
        let token = #"{"serviceAccountToken":{"audience":"a","path":"t"}}"#
        let big = #"{"name":"v","projected":{"sources":[\#((sources + [token]).joined(separator: ","))]}}"#
        let volumes = [big] + (0..<1000).map { #"{"name":"token-\#($0)","emptyDir":{}}"# }
        let mounts = ["v"] + (0..<1000).map { "token-\($0)" }
        let injection = try #require(
            try injections(
                mounts: mounts.map { #"{"name":"\#($0)","mountPath":"/\#($0 == "v" ? "token" : $0)"}"# }.joined(
                    separator: ","
                ),
                volumes: volumes.joined(separator: ",")
            ).first
        )
        #expect(injection.mounts.count == 8 && injection.volumes.first?.name == "v")
        #expect(injection.volumes.first?.tokens == [.init(audience: "a", expirationSeconds: 0, path: "t")])
    }

    @Test("is found on Windows regardless of case")
    func windows() throws {
        let environment = #"{"name":"ID","value":"me"},{"name":"FILE","value":"C:\\Token\\T"}"#
        let injection = try #require(
            try injections(environment, mounts: #"{"name":"v","mountPath":"/token"}"#, windows: true).first
        )
        #expect(injection.mounts.map(\.path) == ["/token"])
    }
}
