import JSON
import PodIdentity
import TestSupport
import Testing

/// Properties of generated pods with volumes and mounts that conflict with the token.
@Suite("Whatever a pod mounts,", .timeLimit(.minutes(5)))
struct TokenPropertyTests {
    private static let seeds = (0..<8).map { UInt64($0) }

    /// A container after the mutation, and the domain's verdict about it.
    private struct Sample {
        let before: JSONTree
        let after: JSONTree
        let pod: JSONTree
        let obstacle: TokenObstacle?
    }

    private static func forAllContainers(_ seed: UInt64, _ body: (Sample, Injection) throws -> Void) throws {
        try Trial.forAll(seed) { trial, injection in
            guard !injection.mounts.isEmpty else { return }
            // The containers in the order of a pod's view, distinguished by place, because names may repeat.
            let before = containers(trial.before).filter { !injection.skippedContainers.contains($0.name) }
            let after = containers(trial.after).filter { !injection.skippedContainers.contains($0.name) }
            let found = try JSONParser().parse(trial.after.bytes) { root in
                injection.examine(try PodView(root, namespace: "shop"))
            }
            try #require(found.count == after.count)
            for index in found.indices {
                let sample = Sample(
                    before: before[index].container,
                    after: after[index].container,
                    pod: trial.after,
                    obstacle: found[index].obstacle
                )
                try body(sample, injection)
            }
        }
    }

    private static func containers(_ pod: JSONTree) -> [(name: String, container: JSONTree)] {
        ["initContainers", "containers"].flatMap { pod[path: ["spec", $0]]?.elements ?? [] }
            .map { ($0["name"]?.string ?? "", $0) }
    }

    @Test("a container reaches its token exactly if the domain says so", arguments: seeds)
    func answer(seed: UInt64) throws {
        var counts = (reached: 0, missed: 0)
        try Self.forAllContainers(seed) { sample, injection in
            let files: [String]
            if let variable = injection.files.first?.variable {
                let value = sample.after["env"]?.elements?.last { $0["name"]?.string == variable }?["value"]?.string
                guard let value, !value.contains("$") else { return }
                if case .missingVariable = sample.obstacle { return }
                if case .otherValue = sample.obstacle { return }
                files = [value]
            } else {
                files = injection.mounts.map { "\($0.path)/t" }
            }
            let isReached = files.allSatisfy { TokenOracle.audience(at: $0, sample.after, in: sample.pod) == "a" }
            #expect(
                isReached == (sample.obstacle == nil),
                "\(sample.after.pretty)\n\(String(describing: sample.obstacle))"
            )
            if isReached { counts.reached += 1 } else { counts.missed += 1 }
        }
        #expect(counts.reached > 50 && counts.missed > 5)
    }

    @Test(
        "a container that is not skipped reaches its token, unless it mounts something at its path",
        arguments: seeds
    )
    func reached(seed: UInt64) throws {
        var count = 0
        try Self.forAllContainers(seed) { sample, injection in
            guard injection.skipContainerIfSet.isEmpty, sample.before["env"]?.elements?.isEmpty ?? true else { return }
            for mount in injection.mounts.prefix(injection.files.first?.variable == nil ? 2 : 1) {
                let probe = JSONTree.object([
                    "volumeMounts": .array([mount.probe] + (sample.before["volumeMounts"]?.elements ?? []))
                ])
                // The first of the deepest mounts is used, so the probe is found unless the container's own is deeper
                // or at the same path.
                let isFree = TokenOracle.audience(at: "\(mount.path)/t", probe, in: .probed) == "probe"
                let isTaken = (sample.before["volumeMounts"]?.elements ?? []).contains {
                    TokenOracle.isSame($0["mountPath"]?.string ?? "", mount.path)
                }
                guard isFree, !isTaken else { return }
            }
            count += 1
            #expect(sample.obstacle == nil, "\(sample.after.pretty)")
        }
        #expect(count > 10)
    }
}

extension InjectedMount {
    /// A mount of a volume that only `JSONTree.probed` has.
    fileprivate var probe: JSONTree { .object(["name": .string("probe"), "mountPath": .string(path)]) }
}

extension JSONTree {
    fileprivate static let probed: JSONTree = {
        let token = JSONTree.object(["path": .string("t"), "audience": .string("probe")])
        let source = JSONTree.object(["serviceAccountToken": token])
        let volume = JSONTree.object(["name": .string("probe"), "projected": .object(["sources": .array([source])])])
        return .object(["spec": .object(["volumes": .array([volume])])])
    }()
}
