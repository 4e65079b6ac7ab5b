import ClusterState
import JSON
import KubernetesObjects
import PodIdentity
import TestSupport
import Testing

/// What an event loop keeps of the cluster beside what all of them share.
@Suite("An event loop's view of the cluster", .timeLimit(.minutes(5)))
struct ClusterReaderTests {
    private let accounts = AnnotationIndex(staleAfter: .seconds(3600))
    private let namespaces = AnnotationIndex(staleAfter: .seconds(3600))
    private let configurations = ConfigurationStore()
    private let version = KnownServerVersion(ServerVersion(1, 20))
    private let reader: ClusterReader

    init() {
        reader = ClusterReader(
            ClusterIndexes(
                serviceAccounts: accounts,
                namespaces: namespaces,
                configurations: configurations,
                serverVersion: version
            )
        )
    }

    private func inputs(_ account: String = "a") throws -> DecisionInputs {
        try JSONParser().parse(Array(#"{"spec":{"serviceAccountName":"\#(account)"}}"#.utf8)) { root in
            reader.inputs(for: try PodView(root, namespace: "shop"))
        }
    }

    private func name(_ name: String) -> NamespacedName { NamespacedName(namespace: "shop", name: name) }

    private func role(_ text: String, _ version: UInt64) -> AnnotationIndex.Entry {
        AnnotationIndex.Entry(Annotations(["role": text]), version: version)
    }

    @Test("follows every change of a ServiceAccount")
    func changes() throws {
        #expect(try inputs().serviceAccount == .unknown)
        accounts.set(name("a"), role("1", 1))
        #expect(try inputs().serviceAccount == .known(Annotations(["role": "1"])))
        accounts.set(name("a"), role("2", 2))
        #expect(try inputs().serviceAccount == .known(Annotations(["role": "2"])))
        accounts.beginLookup(name("b"))
        accounts.setLookedUp(name("b"), role("3", 3))
        accounts.endLookup(name("b"))
        #expect(try inputs("b").serviceAccount == .known(Annotations(["role": "3"])))
        accounts.remove(name("a"), version: 4)
        #expect(try inputs().serviceAccount == .unknown)
        accounts.replace(with: [name("a"): Annotations(["role": "5"])])
        #expect(try inputs().serviceAccount == .known(Annotations(["role": "5"])))
        #expect(try inputs("b").serviceAccount == .unknown)
    }

    @Test("follows an interruption of the watch and its end")
    func interruption() throws {
        accounts.set(name("a"), role("1", 1))
        #expect(try inputs().serviceAccount != .unknown)
        accounts.setWatchInterruption(since: .now - .seconds(3600 * 11))
        #expect(try inputs().serviceAccount == .unknown)
        accounts.setWatchInterruption(since: .now)
        #expect(try inputs().serviceAccount != .unknown)
        accounts.setWatchInterruption(since: nil)
        #expect(try inputs().serviceAccount != .unknown)
    }

    @Test("keeps nothing of what time alone changes")
    func time() throws {
        accounts.set(name("a"), role("1", 1))
        // The account counts as known for one more moment at most.
        let interruption = ContinuousClock.now - .seconds(36000) + .milliseconds(20)
        accounts.setWatchInterruption(since: interruption)
        _ = try inputs()
        while ContinuousClock.now - interruption <= .seconds(36000) {}
        #expect(try inputs().serviceAccount == .unknown)
    }

    @Test("follows Namespaces and configurations, and the revision of what is read")
    func others() throws {
        namespaces.set(NamespacedName(namespace: "", name: "shop"), role("n", 1))
        #expect(try inputs().namespace == .known(Annotations(["role": "n"])))
        #expect(try inputs().serverVersion == ServerVersion(1, 20))
        let place = ProviderConfigurationSource.Place.file(path: "f")
        #expect(try !inputs().configurations.contains(place))
        try configurations.update(
            ProviderConfigurationSource(place, AnyText.self),
            texts: [ConfigurationText(Array("text".utf8))]
        )
        #expect(try inputs().configurations.contains(place))
    }

    /// Two names that fall into one place take turns.
    @Test("tells all names apart")
    func names() throws {
        for index in 0..<1000 { accounts.set(name("n\(index)"), role("\(index)", 1)) }
        for _ in 0..<2 {
            for index in 0..<1000 {
                #expect(try inputs("n\(index)").serviceAccount == .known(Annotations(["role": "\(index)"])))
            }
        }
    }
}

private struct AnyText: ProviderConfiguration {
    init(parsing text: [UInt8], problems: inout Warnings) throws {}
}
