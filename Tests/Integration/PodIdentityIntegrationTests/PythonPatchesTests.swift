import JSON
import PodIdentity
import TestPrograms
import TestSupport
import Testing

@Suite("Patches of pods", .timeLimit(.minutes(2)))
struct PythonPatchesTests {
    @Test("have the same result with Python's jsonpatch")
    func python() async throws {
        var trials: [Trial] = []
        try Trial.forAll(99, replacing: true) { trial, _ in trials.append(trial) }
        try Trial.forAllSets(99, overlapping: true) { trial, _ in trials.append(trial) }
        let script = """
            import json, jsonpatch, sys
            json.dump([jsonpatch.apply_patch(*case) for case in json.load(sys.stdin)], sys.stdout)
            """
        let results =
            try await Python.json(script, .array(trials.map { .array([$0.before, $0.patch]) })).elements ?? []
        #expect(results.count == trials.count)
        for (trial, result) in zip(trials, results) { #expect(trial.after.isEquivalent(to: result)) }
    }
}
