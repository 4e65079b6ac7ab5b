import JSON
import PodIdentity
import TestSupport
import Testing

/// Properties that hold for pods that get several identities at once, tested with generated ones.
@Suite("For any pod and several clouds,", .timeLimit(.minutes(5)))
struct SeveralInjectionsTests {
    private static let seeds = (100..<108).map { UInt64($0) }

    @Test("a second call adds nothing", arguments: seeds)
    func idempotence(seed: UInt64) throws {
        var changed = 0
        try Trial.forAllSets(seed, overlapping: true) { trial, injections in
            let again = try Trial(trial.after, injections)
            #expect(again.operations == [], "\(trial.before.pretty)\n\(trial.patch.pretty)\n\(again.patch.pretty)")
            changed += trial.operations.isEmpty ? 0 : 1
        }
        #expect(changed > Trial.podsPerSeed / 2)
    }

    @Test("no volume, mount, variable or container is duplicated", arguments: seeds)
    func duplicates(seed: UInt64) throws {
        try Trial.forAllSets(seed, overlapping: true) { trial, _ in
            guard trial.before.hasDistinctContainers else { return }
            let (before, after) = (trial.before.names, trial.after.names)
            for (place, count) in after where count > 1 {
                #expect(count <= before[place, default: 1], "\(place)\n\(trial.before.pretty)\n\(trial.patch.pretty)")
            }
        }
    }

    @Test(
        "every added mount has its volume, including those of added containers",
        arguments: seeds
    )
    func volumes(seed: UInt64) throws {
        try Trial.forAllSets(seed, overlapping: true) { trial, _ in
            let (before, after) = (trial.before.unknownMounts, trial.after.unknownMounts)
            #expect(after.isSubset(of: before), "\(trial.before.pretty)\n\(trial.patch.pretty)")
        }
    }

    @Test("existing content is preserved, as written and in order", arguments: seeds)
    func extension_(seed: UInt64) throws {
        try Trial.forAllSets(seed, overlapping: true, replacing: false) { trial, _ in
            #expect(trial.after.extends(trial.before), "\(trial.before.pretty)\n\(trial.patch.pretty)")
        }
    }

    @Test("a replacement has the same name as what it replaces, and nothing else changes", arguments: seeds)
    func replacement(seed: UInt64) throws {
        var replaced = 0
        try Trial.forAllSets(seed, overlapping: true) { trial, _ in
            var document = trial.before
            for operation in trial.patch.elements ?? [] {
                if operation["op"]?.string == "replace" {
                    replaced += 1
                    let tokens = JSONPointer(operation["path"]?.string ?? "").tokens ?? []
                    let old = tokens.reduce(document as JSONTree?) { $0?.child($1) }
                    #expect(old?["name"]?.string == operation["value"]?["name"]?.string, "\(trial.patch.pretty)")
                }
                document = try document.applying(patch: .array([operation]))
            }
        }
        #expect(replaced > 50)
    }

    @Test(
        "the order of clouds affects only the order of additions, and no cloud changes what another one adds",
        arguments: seeds
    )
    func order(seed: UInt64) throws {
        var compared = 0
        try Trial.forAllSets(seed, overlapping: false) { trial, injections in
            // A mount of a volume that the pod lacks may belong to any injection's volume.
            guard !trial.before.refersToVariables, trial.before.unknownMounts.isEmpty else { return }
            let reversed = try Trial(trial.before, injections.reversed())
            let isSame = trial.after.sorted.isEquivalent(to: reversed.after.sorted)
            #expect(isSame, "\(trial.before.pretty)\n\(trial.after.pretty)\n\(reversed.after.pretty)")
            let alone = try injections.map { try Trial(trial.before, $0).parts }.flatMap(\.self)
            let apart = injections.setApart()
            for index in injections.indices where apart[index].otherHelpers.isDisjoint(with: ["main", "side", "init"]) {
                // A container may mount a volume near the files that another injection replaces or mounts elsewhere.
                // Without that injection, the mount may be an obstacle, or may be as good as the added volume.
                let others = injections.indices.filter { $0 != index }.map { injections[$0] }
                guard !others.contains(where: { $0.replaces(mountsNear: injections[index], in: trial.before) }) else {
                    continue
                }
                compared += 1
                #expect(
                    trial.parts[index].reason == alone[index].reason,
                    "\(trial.before.pretty)\n\(trial.patch.pretty)"
                )
                #expect(trial.parts[index].warnings == alone[index].warnings, "\(trial.before.pretty)")
            }
        }
        #expect(compared > Trial.podsPerSeed / 4)
    }

    @Test(
        "a container with no mounts near its files gets the same as if all mounts are followed",
        arguments: seeds
    )
    func shortcut(seed: UInt64) throws {
        try Trial.forAllSets(seed, overlapping: true) { trial, injections in
            let followed = try Trial(trial.before.mountingProbes, injections)
            #expect(
                followed.after.withoutProbes.isEquivalent(to: trial.after.withoutProbes),
                "\(trial.before.pretty)\n\(trial.patch.pretty)\n\(followed.patch.pretty)"
            )
            #expect(followed.parts.map(\.reason) == trial.parts.map(\.reason), "\(trial.before.pretty)")
            #expect(followed.warnings == trial.warnings, "\(trial.before.pretty)")
        }
    }
}

extension Injection {
    /// Whether this replaces a volume, or its mount, that a container mounts above or below a mount of another
    /// injection.
    fileprivate func replaces(mountsNear other: Injection, in pod: JSONTree) -> Bool {
        let replaced =
            volumes.filter { $0.policy == .replace }.map(\.name) + mounts.filter { $0.policy == .replace }.map(\.volume)
        return pod.mounts.contains { mount in
            replaced.contains(mount.volume)
                && other.mounts.contains { TokenOracle.isOnTheWay(mount.path, $0.path) }
        }
    }
}
