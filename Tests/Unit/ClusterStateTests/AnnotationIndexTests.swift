import ClusterState
import KubernetesObjects
import PodIdentity
import Testing

@Suite("An index of annotations", .timeLimit(.minutes(5)))
struct AnnotationIndexTests {
    private let index = AnnotationIndex(staleAfter: .seconds(30))
    private let name = NamespacedName(namespace: "default", name: "app")
    private let other = NamespacedName(namespace: "default", name: "other")

    private func entry(_ role: String?, version: UInt64) -> AnnotationIndex.Entry {
        AnnotationIndex.Entry(role.map { Annotations(["role": $0]) } ?? Annotations(), version: version)
    }

    @Test("never returns to an older version, whatever the source")
    func versions() {
        index.set(name, entry("new", version: 9))
        index.set(name, entry("old", version: 8))
        #expect(index.lookUp(name) == .known(Annotations(["role": "new"])))
        index.remove(name, version: 8)
        #expect(index.lookUp(name) == .known(Annotations(["role": "new"])))
        index.remove(name, version: 10)
        #expect(index.lookUp(name) == .unknown)
        index.set(name, entry("again", version: 11))
        #expect(index.lookUp(name) == .known(Annotations(["role": "again"])))
    }

    @Test("replaces everything at once when a new list is complete")
    func replacement() {
        index.set(name, entry("old", version: 1))
        index.beginReplacement()
        index.addToReplacement([(other, entry("new", version: 5))])
        #expect(index.lookUp(name) == .known(Annotations(["role": "old"])) && index.lookUp(other) == .unknown)
        index.endReplacement(version: 6)
        #expect(index.lookUp(name) == .unknown && index.lookUp(other) == .known(Annotations(["role": "new"])))
    }

    @Test("keeps an object that was looked up during a list only if it is newer than the list")
    func lookedUpMeanwhile() {
        index.beginReplacement()
        index.addToReplacement([(other, entry("listed", version: 5))])
        index.setLookedUp(name, entry("newer", version: 7))
        index.setLookedUp(other, entry("older", version: 4))
        index.endReplacement(version: 6)
        #expect(index.lookUp(name) == .known(Annotations(["role": "newer"])))
        #expect(index.lookUp(other) == .known(Annotations(["role": "listed"])))
    }

    @Test("discards the objects of an incomplete list when it starts again")
    func restart() {
        index.beginReplacement()
        index.addToReplacement([(name, entry("old", version: 1))])
        index.beginReplacement()
        index.endReplacement(version: 2)
        #expect(index.lookUp(name) == .unknown && index.isSynced)
    }

    @Test(
        "stops saying \"no role\" if the watch is interrupted too long, and stops giving roles after ten times as long"
    )
    func staleness() {
        index.set(name, entry(nil, version: 1))
        index.set(other, entry("role", version: 1))
        index.setWatchInterruption(since: .now - .seconds(29))
        #expect(index.lookUp(name) == .known(Annotations()))
        index.setWatchInterruption(since: .now - .seconds(31))
        #expect(index.lookUp(name) == .unknown)
        #expect(index.lookUp(other) == .known(Annotations(["role": "role"])))
        index.setWatchInterruption(since: .now - .seconds(301))
        #expect(index.lookUp(other) == .unknown && index.contains(other))
        #expect(index.lastKnown(other) == .known(Annotations(["role": "role"])) && index.lastKnown(name) == nil)
        index.setLookedUp(name, entry(nil, version: 1))
        index.setLookedUp(other, entry("role", version: 1))
        #expect(index.lookUp(name) == .known(Annotations()), "it has just been looked up")
        #expect(index.lookUp(other) == .known(Annotations(["role": "role"])))
        index.setWatchInterruption(since: nil)
        #expect(index.lookUp(name) == .known(Annotations()))
    }

    @Test("does not say \"no role\" because of a provisional list until it is confirmed or another list is complete")
    func provisional() {
        func list(version: UInt64, isProvisional: Bool) {
            index.beginReplacement()
            index.addToReplacement([(name, entry(nil, version: 1)), (other, entry("role", version: 1))])
            index.endReplacement(version: version, isProvisional: isProvisional)
        }
        list(version: 9, isProvisional: true)
        #expect(index.isSynced && !index.isVerified)
        for interruption in [nil, ContinuousClock.now] {
            index.setWatchInterruption(since: interruption)
            #expect(index.lookUp(name) == .unknown, "\(String(describing: interruption))")
            #expect(index.lookUp(other) == .known(Annotations(["role": "role"])))
        }
        index.setLookedUp(name, entry(nil, version: 1))
        #expect(index.lookUp(name) == .known(Annotations()))

        list(version: 10, isProvisional: false)
        index.setWatchInterruption(since: nil)
        #expect(index.isSynced && index.isVerified)
        #expect(index.lookUp(name) == .known(Annotations()))
        list(version: 12, isProvisional: true)
        #expect(index.lookUp(name) == .unknown, "earlier lookups are forgotten")
    }

    @Test("ignores the result of a lookup if the object was deleted in the meantime")
    func deletedMeanwhile() {
        index.set(name, entry("role", version: 3))
        index.beginLookup(name)
        index.remove(name, version: 5)
        index.setLookedUp(name, entry("role", version: 3))
        #expect(index.lookUp(name) == .unknown)
        index.setLookedUp(name, entry("again", version: 6))
        #expect(index.lookUp(name) == .known(Annotations(["role": "again"])))
        index.endLookup(name)
    }

    @Test("does not keep objects that were deleted during a list, unless they were created again")
    func deletedDuringList() {
        index.beginReplacement()
        index.addToReplacement([(name, entry("a", version: 3)), (other, entry("a", version: 3))])
        index.remove(name, version: 5)
        index.remove(other, version: 5)
        index.addToReplacement([(other, entry("again", version: 6))])
        index.remove(other, version: 5)
        index.endReplacement(version: 7)
        #expect(index.lookUp(name) == .unknown)
        #expect(index.lookUp(other) == .known(Annotations(["role": "again"])))
    }

    @Test("knows which namespaces have objects")
    func namespaces() {
        index.set(name, entry("a", version: 1))
        index.set(other, entry("a", version: 1))
        index.remove(name, version: 2)
        #expect(index.hasObjects(inNamespace: "default") && !index.hasObjects(inNamespace: "other"))
        index.remove(other, version: 2)
        #expect(!index.hasObjects(inNamespace: "default"))
    }

    @Test("counts objects with an identity, after changes, deletions and lists")
    func counts() {
        index.set(name, entry("a", version: 1))
        index.set(other, entry(nil, version: 1))
        #expect(index.counts.total == 2 && index.counts.withIdentity == 1)
        index.set(name, entry(nil, version: 2))
        #expect(index.counts.withIdentity == 0)
        index.replace(with: [name: Annotations(["role": "a"])])
        #expect(index.counts.total == 1 && index.counts.withIdentity == 1)
        index.remove(name, version: 3)
        #expect(index.counts.total == 0 && index.counts.withIdentity == 0)
    }
}
