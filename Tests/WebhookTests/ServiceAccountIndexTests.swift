import PodIdentity
import Testing
import Webhook

@Suite("The index of ServiceAccounts", .timeLimit(.minutes(1)))
struct ServiceAccountIndexTests {
    private let index = ServiceAccountIndex()
    private let name = NamespacedName(namespace: "default", name: "app")
    private let old = Annotations(["role": "old"])
    private let new = Annotations(["role": "new"])

    @Test("what was looked up counts until the watch brings something newer, and never replaces it")
    func lookedUp() {
        index.add(name, old)
        #expect(index.lookUp(name) == .known(old))
        index.set(name, new)
        index.add(name, old)
        #expect(index.lookUp(name) == .known(new))
        index.remove(name)
        #expect(index.lookUp(name) == .unknown)
    }

    @Test("a new list replaces everything at once, when it is complete")
    func replacement() {
        let other = NamespacedName(namespace: "default", name: "other")
        index.set(name, old)
        index.beginReplacement()
        index.addToReplacement([(other, new)])
        #expect(index.lookUp(name) == .known(old) && index.lookUp(other) == .unknown)
        index.endReplacement()
        #expect(index.lookUp(name) == .unknown && index.lookUp(other) == .known(new))
    }

    @Test("a list that is begun again forgets what it brought before")
    func restart() {
        index.beginReplacement()
        index.addToReplacement([(name, old)])
        index.beginReplacement()
        index.endReplacement()
        #expect(index.lookUp(name) == .unknown && index.isSynced)
    }
}
