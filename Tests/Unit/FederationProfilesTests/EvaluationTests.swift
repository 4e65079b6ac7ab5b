import PodIdentity
import Testing

@testable import FederationProfiles

@Suite("The identity from a profile", .timeLimit(.minutes(5)))
struct EvaluationTests {
    private func evaluate(_ parameter: String, _ inputs: ProfileInputs, _ more: (String, String)...) throws
        -> Evaluation
    {
        var text = ProfileText.changed(("{annotation: name}", parameter))
        for (old, new) in more { text = text.replacing(old, with: new, maxReplacements: 1) }
        return try Profile.only(text).evaluate(inputs)
    }

    @Test("lacks values with an empty placeholder, or with one that is only white space")
    func emptyHoles() throws {
        let profile = try Profile.only(ProfileText.plain)
        let file = "/var/run/secrets/small/token"
        #expect(profile.evaluate(.named(" a ")).injection?.values == ["SMALL_NAME": "a", "SMALL_FILE": file])
        #expect(profile.evaluate(.named("  ")).outcome == .none(.notUsed))
        #expect(profile.evaluate(.named(nil)).outcome == .none(.notUsed))
    }

    @Test("has literal dollar signs, and no references to other variables")
    func dollars() throws {
        let profile = try Profile.only(
            ProfileText.changed(
                ("\"${name}\"", "\"$${name} $ ${name}\""),
                ("SMALL_REGION: \"${region}\"", "B: \"$${name})\"")
            )
        )
        let values = profile.evaluate(.named("$(PASSWORD)$")).injection?.values
        #expect(values?["SMALL_NAME"] == "$${name} $$ $$(PASSWORD)$$")
        #expect(values?["B"] == "${name})")
    }

    private static let seconds: [(text: String, onRange: String, seconds: Int64?, warning: String?)] = [
        ("700", "clamp", 700, nil),
        ("10", "clamp", 600, "below the minimum; 600 is used (the pod's small.example/seconds)"),
        ("5000", "clamp", 4000, "above the maximum; 4000 is used"),
        ("10", "default", 3600, "ignored: 10 seconds is not 600 to 4000"),
        ("10", "deny", nil, nil), ("1h", "clamp", nil, nil), ("", "deny", 3600, nil),
        ("99999999999999999999", "clamp", nil, nil), ("+700", "clamp", 700, nil), ("-1", "clamp", 600, "below"),
    ]

    @Test("has a lifetime within the range, or is denied", arguments: seconds)
    func range(_ text: String, _ onRange: String, _ seconds: Int64?, _ warning: String?) throws {
        let profile = try Profile.only(
            ProfileText.changed(("min: 600", "min: 600, max: 4000, onRange: \(onRange)"))
        )
        let evaluation = profile.evaluate(.named("x", pod: ["small.example/seconds": text]))
        #expect(evaluation.injection?.tokens.first?.expirationSeconds == seconds)
        #expect((evaluation.denial != nil) == (seconds == nil))
        #expect(evaluation.warnings.count == (warning == nil ? 0 : 1))
        if let warning { #expect(evaluation.warnings.texts.first?.contains(warning) == true) }
    }

    @Test("uses the first source, and skips an invalid value if the profile says so")
    func places() throws {
        let inputs = ProfileInputs.named("x", ["seconds": "800"], pod: ["small.example/seconds": "soon"])
        let profile = try Profile.only(ProfileText.plain + "\nonInvalid: default")
        let evaluation = profile.evaluate(inputs)
        #expect(evaluation.injection?.tokens.first?.expirationSeconds == 800)
        #expect(
            evaluation.warnings.texts == [
                "ignored: \"soon\" is not a whole number of seconds (the pod's small.example/seconds)"
            ]
        )
    }

    private static let invalid: [(parameter: String, value: String, outcome: String)] = [
        ("{annotation: name, shape: \"a{*}\"}", "b", "denied"),
        ("{annotation: name, shape: \"a{*}\", onInvalid: skip}", "b", "skipped"),
        ("{annotation: name, shape: \"a{*}\", onInvalid: default}", "b", "skipped"),
        ("{annotation: name, shape: \"a{*}\", onInvalid: default, default: ab}", "b", "given"),
        ("{annotation: name, choices: [a]}", "A", "denied"),
        ("{annotation: name, choices: [a], ignoreCase: true}", "A", "given"),
        ("{annotation: name, type: flag}", "maybe", "denied"), ("{annotation: name, type: flag}", "false", "none"),
        ("{annotation: name, type: flag}", "TRUE", "given"), ("{annotation: name}", "a\nb", "denied"),
        ("{annotation: name}", "a\u{0}b", "denied"),
        ("{annotation: name}", String(repeating: "a", count: 3000), "denied"),
        ("{annotation: name, map: {a: b}}", "c", "none"), ("{annotation: name, map: {a: b}}", "a", "given"),
    ]

    @Test("treats invalid values as the profile says", arguments: invalid)
    func onInvalid(_ parameter: String, _ value: String, _ outcome: String) throws {
        #expect(try evaluate(parameter, .named(value)).outcome.word.word == outcome)
    }

    @Test("is denied with the name of what it lacks")
    func requirements() throws {
        let evaluation = try evaluate(
            "{annotation: name}\n  mail: {annotation: mail}",
            .named("x"),
            ("use: {when: [name]}", "use: {when: [name], requires: [mail]}")
        )
        #expect(
            evaluation.denial == "small: the identity needs the annotation small.example/mail of the ServiceAccount"
        )
    }

    @Test("can use a part of another value, with a fallback")
    func derived() throws {
        let parameter = "{from: mail, shape: \"{*}@{host*}\", else: {annotation: name}}\n  mail: {annotation: mail}"
        #expect(try evaluate(parameter, .named("n", ["mail": "a@b"])).injection?.values["SMALL_NAME"] == "b")
        #expect(try evaluate(parameter, .named("n", ["mail": "ab"])).injection?.values["SMALL_NAME"] == "n")
    }

    @Test("is not given because of the pod's labels without a lookup of the ServiceAccount")
    func labels() throws {
        var inputs = ProfileInputs.named("x", labels: ["small.example/skip": ""])
        inputs.serviceAccount = .unknown
        let use = "use: {when: [name], skipLabel: skip, podLabel: {use: \"true\"}}"
        let profile = try Profile.only(ProfileText.changed(("use: {when: [name]}", use)))
        #expect(profile.evaluate(inputs).outcome == .none(.skipLabel))
        inputs.podLabel = { _ in nil }
        #expect(profile.evaluate(inputs).outcome == .none(.notUsed))
        inputs.podLabel = { ["small.example/use": "true"][$0] }
        #expect(profile.evaluate(inputs).outcome == .needs(.serviceAccount))
        inputs.serviceAccount = .unavailable("why")
        #expect(profile.evaluate(inputs).outcome == .unavailable(.serviceAccount, "why"))
        inputs.serviceAccount = .absent
        #expect(profile.evaluate(inputs).outcome == .none(.serviceAccountNotFound))
    }

    @Test("needs the Namespace only if nothing else decides")
    func namespaces() throws {
        let use = "use: {when: [name], anyOf: [{podLabel: {use: \"true\"}}, {namespaceLabel: {use: \"true\"}}]}"
        let profile = try Profile.only(ProfileText.changed(("use: {when: [name]}", use)))
        var inputs = ProfileInputs.named("x")
        inputs.namespaceObject = .unknown
        #expect(profile.evaluate(inputs).outcome == .needs(.namespace))
        inputs.namespaceObject = .unavailable("why")
        #expect(profile.evaluate(inputs).outcome == .unavailable(.namespace, "why"))
        var namespace = Annotations()
        inputs.namespaceObject = .known(namespace)
        #expect(profile.evaluate(inputs).outcome == .none(.notUsed))
        namespace[label: "small.example/use"] = "true"
        inputs.namespaceObject = .known(namespace)
        #expect(profile.evaluate(inputs).injection != nil)
        inputs.namespaceObject = .unknown
        inputs.podLabel = { ["small.example/use": "true"][$0] }
        #expect(profile.evaluate(inputs).injection != nil)
        inputs.serviceAccount = .known(Annotations())
        #expect(profile.evaluate(inputs).outcome == .none(.notUsed))
    }

    @Test("is given to no pod if a label depends on an empty setting")
    func labelsOfSettings() throws {
        for label in ["podLabel: {use: \"${region}\"}", "namespaceLabel: {\"use-${region}\": a}"] {
            let text = ProfileText.changed(("use: {when: [name]}", "use: {when: [name], \(label)}"))
            #expect(try Profile.only(text).evaluate(.named("x")).outcome == .none(.notUsed))
        }
    }

    @Test("limits the length of values and files, however often a value is repeated")
    func lengths() throws {
        let long = String(repeating: "v", count: 2000)
        let holes = String(repeating: "${name}", count: 500)
        let variable = try Profile.only(ProfileText.changed(("\"${name}\"", "\"\(holes)\"")))
        #expect(variable.evaluate(.named(long)).denial?.contains("longer than 16384 bytes") == true)
        let members = (0..<100).map { "m\($0): \"${name}\"" }.joined(separator: ", ")
        let file = ProfileText.changed(("[{token:", "[{file: {path: f, json: {\(members)}}}, {token:"))
        #expect(try Profile.only(file).evaluate(.named(long)).denial?.contains("at most 16384 are allowed") == true)
        #expect(try Profile.only(file).evaluate(.named("v")).injection?.annotations.count == 1)
    }
}
