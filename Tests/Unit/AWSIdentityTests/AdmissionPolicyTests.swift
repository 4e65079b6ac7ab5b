import JSON
import KubernetesObjects
import PodIdentity
import Testing

@testable import AWSIdentity

@Suite("The API server's policy", .timeLimit(.minutes(5)))
struct AdmissionPolicyTests {
    private func text(_ policy: AdmissionPolicy) -> String {
        policy.manifests(name: "x").map(\.pretty).joined(separator: "\n")
    }

    @Test("is the same every time")
    func deterministic() {
        let excluded = ["b", "a", "c", "a"].map { NamespacedName(namespace: $0, name: "app") }
        let texts = (0..<20).map { _ in
            text(AdmissionPolicy(settings: AWSSettings(), excluded: excluded.shuffled()))
        }
        #expect(Set(texts).count == 1)
    }

    @Test("defines each variable once, and uses exactly those that it defines")
    func variables() throws {
        let spec = AdmissionPolicy(settings: AWSSettings()).spec
        let names = try #require(spec["variables"]?.elements).compactMap { $0["name"]?.string }
        #expect(Set(names).count == names.count)
        let used = String(decoding: spec.bytes, as: UTF8.self).matches(of: /variables\.(\w+)/).map {
            String($0.output.1)
        }
        #expect(Set(used) == Set(names))
    }

    @Test(
        "writes any text as one literal",
        arguments: [
            ("plain", #""plain""#), (#"a "b" c"#, #""a \"b\" c""#), (#"back\slash"#, #""back\\slash""#),
            ("line\nend\r", #""line\nend\r""#), ("\u{0}\u{1f}", #""\u0000\u001f""#), ("é😀", #""é😀""#), ("", #""""#),
        ]
    )
    func literals(text: String, literal: String) {
        #expect(CELText.string(text) == literal)
    }

    @Test("accepts the same words for booleans as the webhook")
    func booleans() throws {
        for isDefault in [true, false] {
            var settings = AWSSettings()
            settings.usesRegionalSTS = isDefault
            let variables = try #require(AdmissionPolicy(settings: settings).spec["variables"]?.elements)
            let expression = variables.first { $0["name"]?.string == "usesRegionalSTS" }?["expression"]?.string ?? ""
            let words =
                isDefault ? #""0", "f", "F", "FALSE", "false", "False""# : #""1", "t", "T", "TRUE", "true", "True""#
            #expect(expression.contains("[\(words)]"))
            #expect(expression.hasPrefix("!(") == isDefault)
        }
    }

    @Test(
        "checks the elements that all spellings of the mount path contain",
        arguments: [
            ("/var/run/secrets/x", #"["run", "secrets", "x"]"#), ("/run//secrets/./X/", #"["run", "secrets", "x"]"#),
            ("/var/lib", #"["var", "lib"]"#), ("/", "[]"), ("/var/run", #"["run"]"#),
            ("/var/runner", #"["var", "runner"]"#),
        ]
    )
    func elements(path: String, list: String) throws {
        var settings = AWSSettings()
        settings.tokenMountPath = path
        let spec = String(decoding: AdmissionPolicy(settings: settings).spec.bytes, as: UTF8.self)
        #expect(spec.contains("\(CELText.string(list).dropFirst().dropLast()).all(element,"))
    }

    @Test("adds an annotation only if pods are annotated, and a region only if there is one")
    func optional() {
        var settings = AWSSettings()
        #expect(!text(AdmissionPolicy(settings: settings)).contains("Object.metadata"))
        #expect(!text(AdmissionPolicy(settings: settings)).contains("AWS_REGION\\\", value"))
        settings.annotatesPods = true
        settings.region = "eu-west-1"
        #expect(text(AdmissionPolicy(settings: settings)).contains("Object.metadata"))
        #expect(text(AdmissionPolicy(settings: settings)).contains(#"AWS_REGION\", value: \"eu-west-1\""#))
    }

    @Test("matches only ARNs if it is unknown how to complete other roles")
    func roleNames() {
        let condition = AdmissionPolicy(settings: AWSSettings(), rolesHaveARNs: true).spec["matchConditions"]?
            .elements?[1]
        #expect(condition?["expression"]?.string?.contains(#".contains("arn:")"#) ?? false)
    }
}
