import JSON
import Kubernetes
import TestPrograms
import TestSupport

/// The output of `pod-identity-webhook policy`, evaluated by a CEL library as the API server does.
struct PolicyEvaluation {
    struct Trial {
        let pod: JSONTree
        let serviceAccount: JSONTree
        var namespace = "default"
    }

    /// The resulting pods, as an API server writes them.
    struct Outcome {
        let before: JSONTree
        /// The pod after the policy.
        let once: JSONTree
        /// The same if the API server keeps no variable between mutations.
        let keepingNoVariables: JSONTree
        /// The pod after the policy is reinvoked.
        let again: JSONTree
    }

    /// - Parameter flags: Flags of the webhook.
    /// - Returns: The policy and its binding.
    static func manifests(_ flags: [String]) async throws -> [JSONTree] {
        let output = try await Command(MutateCommand.program, ["policy"] + flags).run()
        guard output.status == 0 else {
            throw CommandError.failed("policy", status: output.status, errorText: output.errorText)
        }
        return try Manifests.parse(Array(output.text.utf8), file: "policy").map(\.tree)
    }

    /// The outcome for each pod.
    static func outcomes(_ flags: [String], _ trials: [Trial]) async throws -> [Outcome] {
        let spec = try await manifests(flags).first?["spec"] ?? .null
        let list = trials.map { trial in
            JSONTree.object([
                "pod": trial.pod, "serviceAccount": trial.serviceAccount, "namespace": .string(trial.namespace),
            ])
        }
        let answers = try await Python.json(Fixtures.text("admission_policy.py"), .array([spec, .array(list)]))
        return (answers.elements ?? []).map { answer in
            Outcome(
                before: answer["before"] ?? .null,
                once: answer["once"] ?? .null,
                keepingNoVariables: answer["keepingNoVariables"] ?? .null,
                again: answer["again"] ?? .null
            )
        }
    }
}
