import JSON
import Testing

@testable import Kubernetes

@Suite("Lists are compared", .timeLimit(.minutes(5)))
struct SequenceAlignmentTests {
    private func steps(_ old: String, _ new: String) -> [SequenceAlignment.Step]? {
        SequenceAlignment.steps(from: old.map { .string("\($0)") }, to: new.map { .string("\($0)") })
    }

    @Test("element by element if they have the same length")
    func changes() { #expect(steps("abc", "axc") == [.change(0, 0), .change(1, 1), .change(2, 2)]) }

    @Test("by their insertions if nothing else changes")
    func insertions() {
        #expect(steps("ab", "xyab") == [.insert(0..<2, at: 0)])
        #expect(steps("ab", "axbyz") == [.insert(1..<2, at: 1), .insert(3..<5, at: 2)])
        #expect(steps("aa", "aaa") == [.insert(2..<3, at: 2)])
        #expect(steps("", "x") == [.insert(0..<1, at: 0)])
    }

    @Test("by their equal ends if something else changes")
    func both() {
        #expect(steps("abc", "axcy") == [.change(0, 0), .change(1, 1), .change(2, 2), .insert(3..<4, at: 3)])
        #expect(steps("abc", "xyzbc") == [.change(0, 0), .insert(1..<3, at: 1)])
    }

    @Test("but not if elements disappear")
    func removal() { #expect(steps("abc", "ac") == nil) }
}
