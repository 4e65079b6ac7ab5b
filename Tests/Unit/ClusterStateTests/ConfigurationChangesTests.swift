import PodIdentity
import TestSupport
import Testing

@testable import ClusterState

@Suite("A change of providers", .timeLimit(.minutes(5)))
struct ConfigurationChangesTests {
    private static let place = ProviderConfigurationSource.Place.files(["profiles"])

    private var changes = ConfigurationChanges(keeping: MetadataKeys(annotations: ["a"]))

    private mutating func offer(_ text: String?) -> [String] {
        names(changes.offer(text.map { TestProviders($0) }, at: Self.place))
    }

    private mutating func read(_ list: ConfigurationChanges.List) -> [String] {
        changes.begin(list)
        return names(changes.complete(list))
    }

    private func names(_ uses: [ConfigurationChanges.Use]) -> [String] {
        uses.map { ($0.value as? TestProviders)?.name ?? "none" }
    }

    @Test("takes effect at once if it reads nothing new")
    mutating func nothingNew() {
        #expect(read(.serviceAccounts) == [])
        #expect(offer("one a") == ["one"])
        #expect(changes.revisionToRead(.serviceAccounts) == nil)
        #expect(changes.keys == MetadataKeys(annotations: ["a"]))
    }

    @Test("takes effect once all lists have been started and completed since, if it reads more")
    mutating func more() {
        _ = (read(.serviceAccounts), read(.namespaces))
        #expect(offer("one b l=c") == [])
        #expect(changes.keys == MetadataKeys(annotations: ["a", "b"], namespaceLabels: ["c"], revision: 1))
        #expect(changes.revisionToRead(.serviceAccounts) == 1 && changes.revisionToRead(.namespaces) == 1)
        #expect(changes.usedRevision == 0)
        #expect(read(.namespaces) == [])
        #expect(changes.revisionToRead(.namespaces) == nil)
        #expect(read(.serviceAccounts) == ["one"])
        #expect(changes.usedRevision == 1)
    }

    @Test("does not count a list that was started before")
    mutating func begunBefore() {
        _ = read(.serviceAccounts)
        changes.begin(.serviceAccounts)
        #expect(offer("one b") == [])
        #expect(changes.revisionToRead(.serviceAccounts) == nil, "the list is being read")
        #expect(names(changes.complete(.serviceAccounts)) == [])
        #expect(changes.revisionToRead(.serviceAccounts) == 1)
        #expect(read(.serviceAccounts) == ["one"])
    }

    @Test("waits for a first list that was started before, but not for one that has not started")
    mutating func start() {
        #expect(offer("one b") == ["one"])
        changes.begin(.serviceAccounts)
        #expect(offer("two c") == [], "the list in progress lacks its annotation")
        changes.begin(.namespaces)
        #expect(names(changes.complete(.serviceAccounts)) == [])
        #expect(changes.revisionToRead(.serviceAccounts) != nil)
        #expect(read(.serviceAccounts) == ["two"], "the first list of Namespaces started late enough")
    }

    @Test("is superseded by the next one, which may take effect sooner")
    mutating func succession() {
        _ = read(.serviceAccounts)
        #expect(offer("one b") == [])
        #expect(offer("two a") == ["two"])
        #expect(changes.revisionToRead(.serviceAccounts) == nil)
        #expect(changes.keys.annotations == ["a"], "nothing needs the other key")
        #expect(read(.serviceAccounts) == [], "the first one was never used")
        #expect(offer("three b") == [], "data that was kept for the first one is not trusted")
        #expect(read(.serviceAccounts) == ["three"])
    }

    @Test("that is superseded by one that reads more needs only the list for the latter")
    mutating func growth() {
        _ = read(.serviceAccounts)
        _ = offer("one b")
        changes.begin(.serviceAccounts)
        #expect(offer("two b c") == [])
        #expect(names(changes.complete(.serviceAccounts)) == [])
        #expect(read(.serviceAccounts) == ["two"])
    }

    @Test("drops what only its predecessor read, and has it read again if that returns")
    mutating func shrinking() {
        _ = read(.serviceAccounts)
        _ = (offer("one b"), read(.serviceAccounts))
        #expect(offer("two a") == ["two"])
        #expect(changes.keys == MetadataKeys(annotations: ["a"], revision: 2))
        #expect(changes.usedRevision == 1)
        #expect(offer("one b") == [])
        #expect(changes.keys == MetadataKeys(annotations: ["a", "b"], revision: 3))
        #expect(read(.serviceAccounts) == ["one"])
        #expect(offer(nil) == ["none"])
        #expect(changes.keys.annotations == ["a"])
    }

    @Test("tolerates lists that fail halfway")
    mutating func failures() {
        _ = read(.serviceAccounts)
        _ = offer("one b")
        for _ in 0..<3 { changes.begin(.serviceAccounts) }
        #expect(changes.revisionToRead(.serviceAccounts) == nil)
        #expect(names(changes.complete(.serviceAccounts)) == ["one"])
    }

    @Test("never gives providers an object without the annotations that they read", arguments: 0..<200)
    mutating func property(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Each list has objects that were read with certain keys; a complete new list replaces the old one.
        struct Model {
            var current: [MetadataKeys]?
            var next: [MetadataKeys]?
        }
        var lists: [ConfigurationChanges.List: Model] = [.serviceAccounts: Model(), .namespaces: Model()]
        var used: TestProviders?
        for _ in 0..<60 {
            let list = [ConfigurationChanges.List.serviceAccounts, .namespaces].randomElement(using: &random)
            guard let list else { continue }
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let keys = ["a", "b", "c", "d"].filter { _ in Bool.random(using: &random) }
                apply(changes.offer(TestProviders((["set"] + keys).joined(separator: " ")), at: Self.place), &used)
            case 1:
                changes.begin(list)
                lists[list]?.next = []
            case 2, 3: if lists[list]?.next != nil { lists[list]?.next?.append(changes.keys) }
            case 4:
                guard let next = lists[list]?.next else { continue }
                lists[list] = Model(current: next)
                apply(changes.complete(list), &used)
            default:
                // An object changes after the list.
                if lists[list]?.current?.isEmpty == false { lists[list]?.current?[0] = changes.keys }
            }
            let needed = MetadataKeys(of: used?.providers ?? [])
            #expect(changes.keys.include(needed))
            for keys in lists.values.flatMap({ $0.current ?? [] }) {
                #expect(keys.include(needed) && keys.revision >= changes.usedRevision)
            }
        }
    }

    private func apply(_ uses: [ConfigurationChanges.Use], _ used: inout TestProviders?) {
        for use in uses { used = use.value as? TestProviders }
    }
}
