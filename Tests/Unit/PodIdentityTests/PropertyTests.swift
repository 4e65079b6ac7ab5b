import JSON
import PodIdentity
import TestSupport
import Testing

/// Properties that hold for every pod and every injection, tested with generated ones.
@Suite("For any pod and injection,", .timeLimit(.minutes(5)))
struct PropertyTests {
    private static let seeds = (0..<8).map { UInt64($0) }

    @Test("a second call adds nothing", arguments: seeds)
    func idempotence(seed: UInt64) throws {
        try Trial.forAll(seed, replacing: true) { trial, injection in
            let again = try Trial(trial.after, injection)
            #expect(again.operations == [], "\(trial.after.pretty)\n\(again.patch.pretty)")
        }
    }

    @Test("undoing the additions restores the pod byte for byte", arguments: seeds)
    func inverse(seed: UInt64) throws {
        var changed = 0
        try Trial.forAll(seed) { trial, _ in
            let undone = try trial.before.applyingAndUndoing(additions: trial.patch)
            #expect(undone.bytes == trial.before.bytes, "\(trial.before.pretty)\n\(trial.patch.pretty)")
            changed += trial.operations.isEmpty ? 0 : 1
        }
        #expect(changed > Trial.podsPerSeed / 2)
    }

    @Test("existing content is preserved, as written and in order", arguments: seeds)
    func extension_(seed: UInt64) throws {
        try Trial.forAll(seed) { trial, _ in
            #expect(trial.after.extends(trial.before), "\(trial.before.pretty)\n\(trial.patch.pretty)")
        }
    }

    @Test("the result does not depend on whether other webhooks change the pod before or after", arguments: seeds)
    func order(seed: UInt64) throws {
        try Trial.forAll(seed) { trial, injection in
            let afterOthers = try Trial(trial.before.changedByAnotherWebhook(), injection).after
            // The API server calls the webhook again for a pod that another webhook has changed.
            let beforeOthers = try Trial(trial.after.changedByAnotherWebhook(), injection).after
            #expect(afterOthers.sorted.isEquivalent(to: beforeOthers.sorted), "\(trial.before.pretty)")
        }
    }
}

extension JSONTree {
    /// The pod with an additional variable in every container, an additional container and an additional volume.
    fileprivate func changedByAnotherWebhook() -> JSONTree {
        func adding(_ element: JSONTree, to list: JSONTree?) -> JSONTree { .array((list?.elements ?? []) + [element]) }
        var pod = self
        for list in ["initContainers", "containers"] {
            guard let containers = pod[path: ["spec", list]]?.elements else { continue }
            pod[path: ["spec", list]] = .array(
                containers.map { container in
                    var container = container
                    container["env"] = adding(.object(["name": .string("OTHER")]), to: container["env"])
                    return container
                }
            )
        }
        let added = JSONTree.object(["name": .string("other")])
        for list in ["containers", "volumes"] {
            pod[path: ["spec", list]] = adding(added, to: pod[path: ["spec", list]])
        }
        return pod
    }

    /// The pod after a patch of `add` operations, and after its additions are removed again in reverse order.
    fileprivate func applyingAndUndoing(additions patch: JSONTree) throws -> JSONTree {
        var document = self
        var inverse: [JSONTree] = []
        for operation in patch.elements ?? [] {
            let path = operation["path"]?.string ?? ""
            var tokens = JSONPointer(path).tokens ?? []
            let parent = tokens.dropLast().reduce(document as JSONTree?) { $0?.child($1) }
            if let elements = parent?.elements, tokens.last == "-" { tokens[tokens.count - 1] = "\(elements.count)" }
            let place = tokens.reduce(JSONPointer()) { $0.appending(key: $1) }.description
            let old = parent?.elements == nil ? tokens.last.flatMap { parent?[$0] } : nil
            inverse.append(
                old.map { .object(["op": .string("replace"), "path": .string(place), "value": $0]) }
                    ?? .object(["op": .string("remove"), "path": .string(place)])
            )
            document = try document.applying(patch: .array([operation]))
        }
        return try document.applying(patch: .array(inverse.reversed()))
    }
}
