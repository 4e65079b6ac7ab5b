import JSON
import PodIdentity
import TestSupport
import Testing

/// The outcome for a container that has its own variables and mounts, by the step that fails.
@Suite("A container with its own variables", .timeLimit(.minutes(5)))
struct TokenObstacleTests {
    private static let injection: Injection = {
        var injection = Injection.simple
        injection.environment = [EnvironmentGroup(.addIfNoneIsSet, [("ROLE", "r"), ("FILE", "/token/t")])]
        injection.identityVariables = ["ROLE", "FILE"]
        injection.files = [IdentityFile("FILE", volume: "token", path: "t")]
        return injection
    }()

    private static let given = [("ROLE", "r"), ("FILE", "/token/t")]
    private static let other = [("ROLE", "other"), ("FILE", "/token/t")]
    private static let empty = #"{"name":"e","mountPath":"/token"}"#
    private static let ours = #"{"name":"token","mountPath":"/token"}"#

    private static let cases: [(variables: [(String, String)], mounts: String, reason: Reason)] = [
        (given, ours, .alreadyInjected),
        (given, "", .injected),
        // A different role with the given token may be intended. Without the token it is useless.
        (other, ours, .ownIdentity),
        (other, empty, .mountConflict),
        ([("ROLE", "other")], ours, .ownIdentity),
        ([("ROLE", "other"), ("FILE", "/own/t")], ours, .ownIdentity),
        // SDKs treat empty variables as unset.
        ([("ROLE", "")], ours, .tokenUnreachable),
        ([("ROLE", ""), ("FILE", "")], ours, .tokenUnreachable),
        ([("ROLE", "r"), ("FILE", "")], ours, .tokenUnreachable),
        ([("ROLE", "r")], ours, .tokenUnreachable),
        ([("FILE", "/token/t")], ours, .tokenUnreachable),
        // The container's own path: nothing is mounted there, or something that its owner chose.
        ([("ROLE", "r"), ("FILE", "/own/t")], ours, .tokenUnreachable),
        ([("ROLE", "r"), ("FILE", "/e/t")], #"{"name":"e","mountPath":"/e"}"#, .ownIdentity),
        ([("ROLE", "r"), ("FILE", "/x/t")], #"{"name":"absent","mountPath":"/x"}"#, .tokenUnreachable),
        ([("ROLE", "r"), ("FILE", "/own/t")], #"{"name":"token","mountPath":"/own"}"#, .alreadyInjected),
        // A token that is mounted with a `subPath` is not renewed at any path.
        ([], #"{"name":"token","mountPath":"/token/t","subPath":"t"}"#, .tokenUnreachable),
        ([("ROLE", "r"), ("FILE", "/x")], #"{"name":"token","mountPath":"/x","subPath":"t"}"#, .tokenUnreachable),
        // A variable `subPath` is unknown, but this volume has no token anywhere.
        ([], #"{"name":"e","mountPath":"/token","subPathExpr":"$(X)"}"#, .mountConflict),
        ([], #"{"name":"token","mountPath":"/token","subPathExpr":"$(X)"}"#, .injected),
        ([], #"{"name":"e","mountPath":"/token","subPathExpr":"x"}"#, .mountConflict),
    ]

    @Test("gets the most severe reason why it cannot reach its token", arguments: cases)
    func reason(_ sample: (variables: [(String, String)], mounts: String, reason: Reason)) throws {
        let variables = sample.variables.map { #"{"name":"\#($0.0)","value":"\#($0.1)"}"# }.joined(separator: ",")
        let token = #"{"serviceAccountToken":{"audience":"a","path":"t"}}"#
        let pod = """
            {"spec":{"containers":[{"name":"c","env":[\(variables)],"volumeMounts":[\(sample.mounts)]}],
            "volumes":[{"name":"e","emptyDir":{}},{"name":"token","projected":{"sources":[\(token)]}}]}}
            """
        let trial = try Trial(pod, Self.injection)
        #expect(trial.reason == sample.reason, "\(trial.warnings)")
        #expect(trial.warnings.isEmpty == (trial.reason.severity == .given), "\(trial.warnings)")
        let again = try Trial(trial.after, Self.injection)
        #expect(again.operations == [] && again.warnings == trial.warnings)
        #expect(again.reason == (trial.reason == .injected ? .alreadyInjected : trial.reason))
    }

    @Test(
        "gets the volume that it mounts even if it is skipped, because otherwise the API server refuses the pod"
    )
    func skippedMount() throws {
        var injection = Self.injection
        injection.skippedContainers = ["c"]
        let pod = #"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(Self.ours)]}]}}"#
        #expect(try Trial(pod, injection).operations == ["add /spec/volumes"])
        injection.skippedContainers = []
        injection.skipContainerIfSet = [["ROLE"]]
        let complete = pod.replacing(#""name":"c","#, with: #""name":"c","env":[{"name":"ROLE","value":"r"}],"#)
        #expect(try Trial(complete, injection).operations == ["add /spec/volumes"])
    }

    @Test("has case-insensitive paths on Windows")
    func windows() throws {
        var injection = Self.injection
        injection.isForWindows = true
        injection.volumes = [.token("token", audience: "a", expirationSeconds: 600, path: "Token")]
        injection.files = [IdentityFile("FILE", volume: "token", path: "Token")]
        injection.environment = [
            EnvironmentGroup(.addIfNoneIsSet, [("ROLE", "r"), ("FILE", #"C:\token\Token"#)])
        ]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"}]}}"#, injection)
        #expect(trial.reason == .injected && trial.warnings == [])
        let taken = #"{"name":"e","mountPath":"c:\\TOKEN\\"}"#
        let pod = #"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(taken)]}],"volumes":[{"name":"e"}]}}"#
        #expect(try Trial(pod, injection).reason == .mountConflict)
    }

    @Test("has a limited number of warnings, with a count of the rest")
    func manyWarnings() throws {
        let mounts = (0..<30).map { #"{"name":"e","mountPath":"/token/\#($0)"}"# }.joined(separator: ",")
        let pod = #"{"spec":{"containers":[{"name":"c","volumeMounts":[\#(mounts)]}],"volumes":[{"name":"e"}]}}"#
        let warnings = try Trial(pod, Self.injection).warnings
        #expect(warnings.count == Warnings.maximumCount + 1 && warnings.last == "and 10 more")
    }
}
