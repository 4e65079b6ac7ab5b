import KubernetesObjects
import Logging
import PodIdentity
import TestSupport
import Testing

@testable import ClusterState

@Suite("The store of configurations with providers", .timeLimit(.minutes(5)))
struct ConfigurationStoreTests {
    private let source = ProviderConfigurationSource(
        .wholeConfigMap(NamespacedName(namespace: "n", name: "profiles")),
        TestProviders.self
    )
    private let store: ConfigurationStore

    init() {
        store = ConfigurationStore(unread: [source.place], keeping: MetadataKeys(annotations: ["a"]))
    }

    private var name: String? {
        let set: TestProviders? = store.current.value(at: source.place)
        return set?.name
    }

    private func update(_ text: String?) throws {
        try store.update(source, texts: text.map { [ConfigurationText(name: "x.yaml", Array($0.utf8))] })
    }

    private func read() {
        store.begin(.serviceAccounts)
        store.complete(.serviceAccounts)
    }

    @Test("treats one as unread until it takes effect the first time")
    func firstUse() throws {
        store.begin(.serviceAccounts)
        try update("one b")
        #expect(store.current.availability(of: source.place) == .unread && name == nil)
        #expect(throws: ClusterStateError.self) { try update("bad") }
        #expect(store.current.availability(of: source.place) == .unread, "a valid configuration waits for the list")
        store.complete(.serviceAccounts)
        read()
        #expect(store.current.availability(of: source.place) == .read && name == "one")
        #expect(store.current.keysRevision == 1)
    }

    @Test("keeps the last valid one if a later one is invalid or missing, with the reason", arguments: ["bad", nil])
    func bad(_ text: String?) throws {
        try update("one a")
        #expect(store.status(of: source.place).refusal == nil)
        #expect(throws: ClusterStateError.self) { try update(text) }
        #expect(name == "one")
        let status = store.status(of: source.place)
        #expect(status.refusals == 1 && status.uses == 1)
        #expect(status.refusal?.reason == (text == nil ? "it does not exist" : "it is bad"))
        try update("two a")
        #expect(name == "two" && store.status(of: source.place).refusal == nil)
    }

    @Test("continues without one if the first is invalid")
    func badAtFirst() {
        #expect(throws: ClusterStateError.self) { try update("bad") }
        #expect(store.current.availability(of: source.place) == .read && name == nil)
    }

    private struct Partly: PartlyUsable {
        var usable: any ProviderConfiguration { TestProviders("rest a") }
    }

    @Test("uses the usable part of a first one that is invalid, but not of a later one")
    func partly() throws {
        let partly = ProviderConfigurationSource(source.place) { _, _ in throw Partly() }
        let texts = [ConfigurationText(Array("x".utf8))]
        #expect(throws: ClusterStateError.self) { try store.update(partly, texts: texts) }
        #expect(name == "rest" && store.current.availability(of: source.place) == .read)
        try update("one a")
        #expect(throws: ClusterStateError.self) { try store.update(partly, texts: texts) }
        #expect(name == "one")
    }

    @Test("has none if there are no texts")
    func empty() throws {
        try update("one a")
        try store.update(source, texts: [])
        #expect(name == nil && store.status(of: source.place).uses == 2)
    }

    @Test("does not parse the same texts twice")
    func same() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let texts = [ConfigurationText(name: "x.yaml", Array("bad".utf8))]
        for _ in 0..<3 { store.update(source, texts: texts, logger: logger) }
        #expect(store.status(of: source.place).refusals == 1)
    }
}
