import PodIdentity
import Testing

@testable import FederationProfiles

@Suite("A profile's names and metadata", .timeLimit(.minutes(5)))
struct EvaluationMetadataTests {
    private func injection(_ text: String, _ inputs: ProfileInputs, _ settings: [String: String] = [:]) throws
        -> Injection?
    {
        try Profile.only(text, settings).evaluate(inputs).injection
    }

    @Test("support placeholders for the profile, the Namespace and the ServiceAccount")
    func builtIns() throws {
        let text = ProfileText.changed(
            ("\"${name}\"", "\"${profile}/${namespace}/${serviceAccount}/${dir:small-token}\"")
        )
        #expect(
            try injection(text, .named("x"))?.values["SMALL_NAME"] == "small/shop/cart//var/run/secrets/small"
        )
    }

    @Test("use Windows paths for Windows pods, also in files")
    func windows() throws {
        let text = ProfileText.changed(
            ("[{token:", "[{file: {path: f.json, json: {file: \"${path:small-token/token}\"}}}, {token:")
        )
        var inputs = ProfileInputs.named("x")
        inputs.isForWindows = true
        let found = try injection(text, inputs)
        #expect(found?.values["SMALL_FILE"] == #"C:\var\run\secrets\small\token"#)
        #expect(found?.annotations.first?.value == #"{"file":"C:\\var\\run\\secrets\\small\\token"}"#)
        #expect(found?.mounts.first?.path == "/var/run/secrets/small")
    }

    @Test("include annotations and labels, without invalid label values")
    func metadata() throws {
        let text = ProfileText.with(
            "metadata: {policy: replace, annotations: {used: \"${name}\", none: \"${region}\"}, labels: {name: \"${name}\"}}"
        )
        let valid = try #require(try injection(text, .named("x")))
        #expect(valid.annotations == [MetadataEntry(.replace, "small.example/used", "x")])
        #expect(valid.labels == [MetadataEntry(.replace, "small.example/name", "x")])
        let evaluation = try Profile.only(text).evaluate(.named("a b"))
        #expect(evaluation.injection?.labels == [])
        #expect(evaluation.warnings.texts.first?.contains("cannot be the value of a label") == true)
    }

    @Test("depend on settings that are evaluated in advance", arguments: [("", false), ("eu", true), ("us", false)])
    func settings(_ region: String, _ isGiven: Bool) throws {
        let text = ProfileText.with(
            "  - {name: EU, value: \"1\", when: {region: eu}}\n  - {name: ANY, value: \"1\", unless: region}"
        )
        let values = try #require(try injection(text, .named("x"), ["region": region])).values
        #expect((values["EU"] != nil) == isGiven)
        #expect((values["ANY"] != nil) == region.isEmpty)
    }

    @Test("replace, keep or add variables together according to the group")
    func policies() throws {
        let text = ProfileText.changed(
            ("- values:", "- policyWhen: {force: replace}\n    policy: together\n    values:")
        )
        .replacing("parameters:", with: "parameters:\n  force: {annotation: force, type: flag, in: pod}")
        for (value, policy) in [("true", EnvironmentGroup.Policy.replace), ("false", .addIfNoneIsSet)] {
            let found = try injection(text, .named("x", pod: ["small.example/force": value]))
            #expect(found?.environment.map(\.policy) == [policy])
        }
    }

    @Test("use the separator for lists of containers")
    func containers() throws {
        for (separator, list) in [(",", "a , b,"), ("csv", "a, b"), (";", "a;b")] {
            let text = ProfileText.with(
                "containers: {skip: skip, only: only, acknowledge: ack, separator: \"\(separator)\"}"
            )
            let pod = ["small.example/skip": list, "small.example/only": list, "small.example/ack": "*"]
            let found = try #require(try injection(text, .named("x", pod: pod)))
            #expect(found.skippedContainers == ["a", "b"] && found.onlyContainers == ["a", "b"])
            #expect(found.acknowledgedContainers == ["*"])
        }
        let text = ProfileText.with("containers: {only: only}")
        #expect(try #require(try injection(text, .named("x", pod: ["small.example/only": " "]))).onlyContainers == nil)
    }
}
