package import JSON
package import PodIdentity

/// A pod before and after the Google or Azure webhook, as recorded from it (`Fixtures/cases-clouds.jsonl`).
package struct CloudCase: Sendable, CustomStringConvertible {
    /// The recorded webhook and its flags.
    package enum Profile: String, Sendable {
        /// pfnet-research's webhook for Google, with the default flags of its main branch of 2026-08-06.
        case g
        /// Azure's webhook, version 1.6.0, in the public cloud, with a tenant ID of ones only.
        case z
    }

    package enum Outcome: String, Sendable {
        case mutated, unchanged, denied
    }

    package let id: String
    package let profile: Profile
    package let namespace: String
    /// The ServiceAccount in the cluster; nil if it does not exist.
    package let serviceAccount: JSONTree?
    package let pod: JSONTree
    /// The pod afterwards; the submitted pod if it was denied.
    package let expected: JSONTree
    package let outcome: Outcome
    /// Whether the recorded webhook's registration selects the pod.
    package let isSelected: Bool
    /// The case whose result this case submits again.
    package let rerunOf: String?

    package var description: String { id }

    package static func all(_ profile: Profile) throws -> [CloudCase] {
        try Fixtures.data("cases-clouds.jsonl").split(separator: UInt8(ascii: "\n"))
            .map { try CloudCase(try JSONTree(parsing: $0)) }
            .filter { $0.profile == profile }
    }

    private init(_ tree: JSONTree) throws {
        guard let id = tree["id"]?.string, let profile = tree["profile"]?.string.flatMap(Profile.init),
            let namespace = tree["namespace"]?.string, let pod = tree["pod"],
            let outcome = tree["outcome"]?.string.flatMap(Outcome.init), let isSelected = tree["selected"],
            let expected = outcome == .denied ? pod : tree["expected"]
        else { throw JSONError.malformed("a case lacks a field") }
        self.id = id
        self.profile = profile
        self.namespace = namespace
        self.pod = pod
        self.expected = expected
        self.outcome = outcome
        self.isSelected = isSelected == .literal("true")
        serviceAccount = tree["serviceAccount"].flatMap { $0 == .null ? nil : $0 }
        rerunOf = tree["rerunOf"]?.string
    }

    /// The ServiceAccount as an input of a decision, with all its annotations.
    package var accountObject: DecisionInputs.Object {
        serviceAccount.map { .known(Annotations(of: $0)) } ?? .absent
    }
}
