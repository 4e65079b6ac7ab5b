import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("With a policy before it, the webhook produces the same pod as alone", .timeLimit(.minutes(10)))
struct PolicyAndWebhookTests {
    private func check(_ sample: PolicyPod.Flags, _ trials: [PolicyEvaluation.Trial]) async throws {
        let provider = IRSAProvider(settings: sample.settings)
        func webhook(_ pod: JSONTree, _ trial: PolicyEvaluation.Trial) throws -> PureMutation {
            try PureMutation.run(
                pod,
                serviceAccount: .known(Annotations(of: trial.serviceAccount)),
                providers: [provider]
            )
        }
        let outcomes = try await PolicyEvaluation.outcomes(sample.flags, trials)
        #expect(outcomes.count == trials.count)
        var (served, complete) = (0, 0)
        for (trial, outcome) in zip(trials, outcomes) {
            let input = "\(sample.flags) \(trial.serviceAccount.pretty) \(outcome.before.pretty)"
            let alone = try webhook(outcome.before, trial)
            let together = try webhook(outcome.once, trial)
            #expect(together.pod.isEquivalent(to: alone.pod), "\(together.pod.pretty) after \(input)")
            #expect(outcome.again.isEquivalent(to: outcome.once), "again: \(outcome.again.pretty) after \(input)")
            #expect(
                outcome.keepingNoVariables.isEquivalent(to: outcome.once),
                "\(outcome.keepingNoVariables.pretty) after \(input)"
            )
            guard !outcome.once.isEquivalent(to: outcome.before) else { continue }
            served += 1
            guard together.patch == .array([]) else { continue }
            complete += 1
            #expect(![.injected, .noRole, .skipLabel].contains(together.reason), "\(together.reason) after \(input)")
        }
        #expect(served > trials.count / 12 && complete > trials.count / 40, "\(served), \(complete)")
    }

    @Test("for any pod, ServiceAccount and flags", arguments: PolicyPod.flags)
    func generated(_ sample: PolicyPod.Flags) async throws {
        var generator = SeededGenerator(seed: 1)
        try await check(sample, (0..<200).map { _ in PolicyPod.trial(sample.settings, using: &generator) })
    }

    @Test("for every annotation that an attacker may use")
    func hostile() async throws {
        let sample = PolicyPod.flags[0]
        var trials: [PolicyEvaluation.Trial] = []
        for key in ["role-arn", "audience", "token-expiration", "skip-containers", "sts-regional-endpoints"] {
            for text in PolicyPod.hostileTexts {
                trials.append(PolicyPod.plain(account: ["eks.amazonaws.com/\(key)": text], pod: [:]))
                trials.append(PolicyPod.plain(account: [:], pod: ["eks.amazonaws.com/\(key)": text]))
            }
        }
        try await check(sample, trials)
    }

    @Test("even if the pod has the annotation for a container with its own role")
    func ownAnnotation() async throws {
        let plain = PolicyPod.plain(account: [:], pod: ["eks.amazonaws.com/role-arn": "own"])
        var pod = plain.pod
        let text = #"[{"name":"main","env":[{"name":"AWS_ROLE_ARN","value":"own"}]},{"name":"side"}]"#
        pod[path: ["spec", "containers"]] = try JSONTree(parsing: text.utf8)
        let trial = PolicyEvaluation.Trial(pod: pod, serviceAccount: plain.serviceAccount)
        try await check(PolicyPod.flags[0], [trial])
        let outcome = try #require(try await PolicyEvaluation.outcomes([], [trial]).first)
        #expect(!outcome.once.isEquivalent(to: outcome.before))
        let annotation = outcome.once[path: ["metadata", "annotations", "eks.amazonaws.com/role-arn"]]
        #expect(annotation?.string == "own")
    }

    @Test(
        "with a lifetime that Kubernetes accepts",
        arguments: [
            ("600", 600), ("599", 600), ("-1", 600), ("+7200", 7200), ("007200", 7200), ("4294967296", 4_294_967_296),
            ("4294967297", 4_294_967_296), ("999999999999999999", 4_294_967_296), ("1e4", 86400), (" 3600", 86400),
            ("", 86400), ("x", 86400),
        ]
    )
    func lifetimes(text: String, seconds: Int) async throws {
        let trial = PolicyPod.plain(account: ["eks.amazonaws.com/token-expiration": text], pod: [:])
        let outcome = try #require(try await PolicyEvaluation.outcomes([], [trial]).first)
        let source = outcome.once[path: ["spec", "volumes"]]?[0]?[path: ["projected", "sources"]]?[0]
        let found = source?[path: ["serviceAccountToken", "expirationSeconds"]]
        #expect(found == .literal("\(seconds)"))
    }
}
