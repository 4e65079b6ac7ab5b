import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A variable that refers to others", .timeLimit(.minutes(5)))
struct VariableReferenceTests {
    private static let mount = #""volumeMounts":[{"name":"token","mountPath":"/token"}]"#

    @Test(
        "comes after the added variables if it refers to one of them",
        arguments: [
            ("$(ID)", true), ("a$(ID)b", true), ("$$$(ID)", true), ("$(X)$(ID)", true), ("$$(ID)", false),
            ("$ID", false), ("$(ID", false), ("$()", false), ("$( ID)", false), ("$(OTHER)", false), ("ID", false),
            ("$", false), ("", false), ("$$$$(ID)", false), ("$(A$(ID)", false),
        ]
    )
    func place(value: String, isFirst: Bool) throws {
        var injection = Injection.simple
        injection.environment.append(EnvironmentGroup(.addIfAbsent, [("SECOND", "2")]))
        let environment = #"[{"name":"X","value":"x"},{"name":"OWN","value":"\#(value)"}]"#
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c","env":\#(environment)}]}}"#, injection)
        let names = trial.after["spec"]?["containers"]?.elements?[0]["env"]?.elements?.map { $0["name"]?.string }
        #expect(names == (isFirst ? ["ID", "SECOND", "X", "OWN"] : ["X", "OWN", "ID", "SECOND"]))
        #expect(try Trial(trial.after, injection).operations == [])
    }

    @Test("does not move variables that replace others")
    func replacement() throws {
        let injection = Injection.environment(
            EnvironmentGroup(.replace, [("A", "new")]),
            EnvironmentGroup(.addIfAbsent, [("ID", "me")])
        )
        let environment = #"[{"name":"X","value":"$(ID)"},{"name":"A","value":"old"}]"#
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c","env":\#(environment)}]}}"#, injection)
        let values = trial.after["spec"]?["containers"]?.elements?[0]["env"]?.elements?.map { $0["value"]?.string }
        #expect(values == ["me", "$(ID)", "new"])
    }

    @Test(
        "reaches the token if its value leads there",
        arguments: [
            (#"[{"name":"FILE","value":"/token/t"}]"#, true), (#"[{"name":"FILE","value":"/token/./t"}]"#, true),
            (#"[{"name":"D","value":"/token"},{"name":"FILE","value":"$(D)/t"}]"#, true),
            (#"[{"name":"D","value":"/other"},{"name":"FILE","value":"$(D)/t"}]"#, false),
            (#"[{"name":"FILE","value":"/wrong"},{"name":"FILE","value":"/token/t"}]"#, true),
            (#"[{"name":"FILE","value":"/token/t"},{"name":"FILE","value":"/wrong"}]"#, false),
            (#"[{"name":"FILE","value":"/token/t/"}]"#, true), (#"[{"name":"FILE","value":""}]"#, false),
        ]
    )
    func value(environment: String, isReached: Bool) throws {
        var injection = Injection.simple
        injection.environment = [EnvironmentGroup(.addIfNoneIsSet, [("FILE", "/token/t")])]
        injection.identityVariables = ["FILE"]
        injection.files = [IdentityFile("FILE", volume: "token", path: "t")]
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c","env":\#(environment)}]}}"#, injection)
        #expect((trial.reason == .injected) == isReached, "\(trial.reason)")
    }

    @Test("with an unknown or very long value is not followed")
    func unknown() throws {
        var injection = Injection.simple
        injection.environment = [EnvironmentGroup(.addIfNoneIsSet, [("FILE", "/token/t")])]
        injection.identityVariables = ["FILE"]
        injection.files = [IdentityFile("FILE", volume: "token", path: "t")]
        let long = String(repeating: "/./", count: 2000)
        let many = String(repeating: "$(D)", count: 9)
        for value in ["$(OTHER)/t", "$(D)\(long)token/t", "\(many)/../../token/t"] {
            let environment = #"[{"name":"D","value":"/"},{"name":"FILE","value":"\#(value)"}]"#
            let trial = try Trial(#"{"spec":{"containers":[{"name":"c","env":\#(environment)}]}}"#, injection)
            #expect(trial.reason == .ownIdentity)
        }
    }
}
