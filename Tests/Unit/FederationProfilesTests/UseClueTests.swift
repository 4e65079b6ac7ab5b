import JSON
import PodIdentity
import TestSupport
import Testing

@testable import FederationProfiles

@Suite("That a profile does not apply to a pod", .timeLimit(.minutes(5)))
struct UseClueTests {
    private static let unusual = [
        // The use of these depends on names or on absent annotations, so annotations cannot rule it out.
        ProfileText.changed(("use: {when: [name]}", "use: {unless: [name], podLabel: {a: b}}")),
        ProfileText.changed(("{annotation: name}", "{annotation: name, default: \"${namespace}\"}")),
        ProfileText.changed(("{annotation: name}", "{annotation: name, default: x}")),
        ProfileText.changed(("use: {when: [name]}", "use: {podLabel: {a: b}}")),
    ]

    @Test("is clear from the annotations that it reads, unless it can be used without any")
    func clues() throws {
        let clues = try #require(UseClues(try .only(ProfileText.plain)))
        #expect(clues.serviceAccountKeys == ["small.example/name"] && clues.podKeys == [])
        for text in Self.unusual { #expect(UseClues(try .only(text)) == nil, "\(text)") }
        let derived = ProfileText.changed(("use: {when: [name]}", "use: {when: part}")).replacing(
            "  name: {annotation: name}\n",
            with:
                "  name: {annotation: name, in: [pod, serviceAccount]}\n  part: {from: name, shape: \"{*}@{part*}\"}\n"
        )
        let both = try #require(UseClues(try .only(derived)))
        #expect(both.serviceAccountKeys == ["small.example/name"] && both.podKeys == ["small.example/name"])
    }

    @Test("is always confirmed by an evaluation", arguments: 0..<60)
    func agreement(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let texts = PlatformProfileTests.all + Self.unusual + [ProfileText.plain]
        for text in texts {
            let profile = try ProfileSet(text).profiles[0]
            guard let clues = UseClues(profile) else { continue }
            var account = Annotations()
            var own: [String: String] = [:]
            for key in profile.serviceAccountAnnotations where Int.random(in: 0..<4, using: &generator) == 0 {
                account[key] = ["", "true", "a@b"].randomElement(using: &generator)
            }
            for key in profile.podAnnotations where Int.random(in: 0..<4, using: &generator) == 0 {
                own[key] = ["", "true", "a@b"].randomElement(using: &generator)
            }
            let annotations = own.map { JSONTree.Member(key: JSONString($0.key), value: .string($0.value)) }
            let pod = JSONTree.object([
                "metadata": .object(["annotations": .object(annotations)]), "spec": .object([:]),
            ])
            let areMissing = try JSONParser().parse(pod.bytes) { root in
                clues.areMissing(in: account, try PodView(root, namespace: "n"))
            }
            guard areMissing else { continue }
            let inputs = ProfileInputs(
                namespace: "n",
                serviceAccountName: "s",
                serviceAccount: .known(account),
                namespaceObject: .unknown,
                podAnnotation: { own[$0] },
                podLabel: { label in profile.podLabels.contains(label) && label != profile.skipLabel ? "on" : nil }
            )
            let evaluation = profile.evaluate(inputs)
            #expect(evaluation == Evaluation(outcome: .none(.notUsed)), "\(profile.name): \(account) \(own)")
        }
    }
}
