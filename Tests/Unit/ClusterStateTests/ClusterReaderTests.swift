import ClusterState
import JSON
import KubernetesObjects
import PodIdentity
import TestSupport
import Testing

/// The state of the cluster that an event loop keeps in addition to the shared state.
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

    @Test("follows the start and end of an interruption of the watch")
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

    @Test("caches nothing that changes with time alone")
    func time() throws {
        accounts.set(name("a"), role("1", 1))
        // The ServiceAccount counts as known for only a moment longer.
        let interruption = ContinuousClock.now - .seconds(36000) + .milliseconds(20)
        accounts.setWatchInterruption(since: interruption)
        _ = try inputs()
        while ContinuousClock.now - interruption <= .seconds(36000) {}
        #expect(try inputs().serviceAccount == .unknown)
    }

    @Test("follows Namespaces, configurations, and the revision of the keys that are read")
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

    /// Two names in the same slot replace each other.
    @Test("distinguishes all names")
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
