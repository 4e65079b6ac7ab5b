import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A container causes a warning about", .timeLimit(.minutes(5)))
struct ContainerWarningTests {
    private func warnings(_ container: String, spec: String = "", _ change: (inout Injection) -> Void = { _ in }) throws
        -> [String]
    {
        var injection = Injection.simple
        change(&injection)
        let pod = #"{"spec":{"containers":[{"name":"c"\#(container)}]\#(spec)}}"#
        let trial = try Trial(pod, injection)
        let again = try Trial(trial.after, injection)
        #expect(again.warnings == trial.warnings, "reinvocation causes the same warnings")
        return trial.warnings
    }

    private static func environment(_ pairs: [(String, String)]) -> String {
        #","env":[\#(pairs.map { #"{"name":"\#($0)","value":"\#($1)"}"# }.joined(separator: ","))]"#
    }

    private static let proxies: [([(String, String)], String, Bool)] = [
        ([], "169.254.170.23", false),
        ([("HTTP_PROXY", "http://proxy")], "169.254.170.23", true),
        ([("http_proxy", "http://proxy")], "169.254.170.23", true),
        ([("HTTP_PROXY", "")], "169.254.170.23", false),
        ([("HTTPS_PROXY", "http://proxy")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.170.23")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("no_proxy", "10.0.0.1, 169.254.170.23:80")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.170.23:81")], "169.254.170.23", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.170.2")], "169.254.170.23", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.0.0/16")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.170.0/28")], "169.254.170.23", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "0.0.0.0/0")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "169.254.0.0/33")], "169.254.170.23", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "*")], "169.254.170.23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "fd00:ec2::23")], "fd00:ec2::23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "[fd00:ec2::23]:80")], "fd00:ec2::23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "fd00:ec2::/64")], "fd00:ec2::23", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "fd00:ec2::24")], "fd00:ec2::23", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", ".example.com")], "agent.example.com", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "*.example.com")], "agent.example.com", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "Example.com")], "agent.example.com", false),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "ample.com")], "agent.example.com", true),
        ([("HTTP_PROXY", "p"), ("NO_PROXY", "$(OTHER)")], "169.254.170.23", false),
    ]

    @Test("a proxy that it would use for the address that provides credentials", arguments: proxies)
    func proxy(_ environment: [(String, String)], _ address: String, _ isWarned: Bool) throws {
        let found = try warnings(Self.environment(environment)) {
            $0.directServer = DirectServer(host: address, port: 80)
        }
        let text = "HTTP_PROXY is set, but NO_PROXY does not list \(address), which provides credentials (container c)"
        #expect(found == (isWarned ? [text] : []))
    }

    @Test("no proxy if the identity needs no such address")
    func noProxy() throws {
        #expect(try warnings(Self.environment([("HTTP_PROXY", "http://proxy")])) == [])
    }

    private static let requirements: [(String, Bool)] = [
        (environment([("MODE", "strict")]), true), (environment([("MODE", "lax")]), false), ("", false),
        (environment([("MODE", "strict"), ("B", "")]), true), (environment([("MODE", "strict"), ("A", "x")]), false),
        (environment([("MODE", "strict")]) + #","envFrom":[{"configMapRef":{"name":"m"}}]"#, false),
    ]

    @Test("a variable without another that it needs", arguments: requirements)
    func requirement(_ container: String, _ isWarned: Bool) throws {
        let found = try warnings(container) {
            $0.requirements = [VariableRequirement("MODE", "strict", needsOneOf: ["A", "B"])]
        }
        #expect(found == (isWarned ? ["MODE=strict, but neither A nor B is set (container c)"] : []))
    }

    @Test("a read-only mount above the token's, and a mount below it, where the runtime cannot create a folder")
    func readOnlyMounts() throws {
        func found(_ mount: String, _ volume: String = #""emptyDir":{}"#) throws -> [String] {
            try warnings(#","volumeMounts":[{"name":"v",\#(mount)}]"#, spec: #","volumes":[{"name":"v",\#(volume)}]"#) {
                $0.mounts = [InjectedMount(volume: "token", path: "/var/run/a/token")]
            }
        }
        let end = #": the runtime may fail with "read-only file system" (container c)"#
        let above = ["read-only mount /run/a above the token's\(end)"]
        #expect(try found(#""mountPath":"/run/a""#) == [])
        #expect(try found(#""mountPath":"/var","readOnly":true"#) == ["read-only mount /var above the token's\(end)"])
        #expect(try found(#""mountPath":"/run/a","readOnly":true"#) == above)
        for volume in ["secret", "configMap", "downwardAPI", "projected"] {
            #expect(try found(#""mountPath":"/run/a""#, #""\#(volume)":{}"#) == above)
        }
        #expect(try found(#""mountPath":"/run/a""#, #""persistentVolumeClaim":{"readOnly":true}"#) == above)
        for volume in ["csi", "nfs"] {
            #expect(try found(#""mountPath":"/run/a""#, #""\#(volume)":{"readOnly":true}"#) == above)
        }
        #expect(try found(#""mountPath":"/run/abc","readOnly":true"#) == [])
        let writable = #""mountPath":"/run","readOnly":true},{"name":"v","mountPath":"/run/a""#
        #expect(try found(writable) == [], "the nearest mount above counts")
        #expect(
            try found(#""mountPath":"/var/run/a/token/more""#) == [
                "mount /var/run/a/token/more is below the token's read-only mount\(end)"
            ]
        )
    }

    @Test("problems with several containers in one line, with a limited number of names")
    func several() throws {
        let containers = (0..<9).map { #"{"name":"c\#($0)","env":[{"name":"OWN","value":"x"}]}"# }
        var injection = Injection.simple
        injection.overridingVariables = ["OWN"]
        let trial = try Trial(#"{"spec":{"containers":[\#(containers.joined(separator: ","))]}}"#, injection)
        let names = "(containers c0, c1, c2, c3, c4 and 4 more)"
        #expect(trial.warnings == ["sets OWN, which SDKs use instead of the identity \(names)"])
    }

    @Test("nothing that its owner has acknowledged")
    func acknowledged() throws {
        for names in [["c"], ["*"]] as [Set<String>] {
            let found = try warnings(Self.environment([("OWN", "x")])) {
                $0.overridingVariables = ["OWN"]
                $0.acknowledgedContainers = names
            }
            #expect(found == [])
        }
        #expect(try warnings("") { $0.acknowledgedContainers = ["x"] } == [], "other pods may have such a container")
    }
}
