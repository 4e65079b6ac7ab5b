internal import PodIdentity

/// Decides when a configuration with providers replaces the previous one.
///
/// The indexes keep only the annotations and labels that providers read. If new providers read more than is kept, the
/// indexes first keep more, and the lists are read again. The new configuration is used only when every list is
/// complete; until then, the previous one is. Keys that only the previous one needs are then dropped.
struct ConfigurationChanges {
    typealias Place = ProviderConfigurationSource.Place

    /// What is listed, and must be listed again if more of it is kept.
    enum List: Hashable { case serviceAccounts, namespaces, files }

    /// A configuration that comes into use.
    struct Use {
        let place: Place
        /// Nil for none.
        let value: (any ProviderConfiguration)?
    }

    private struct Configuration {
        let value: (any ProviderConfiguration)?
        let keys: MetadataKeys
        /// The revision of the keys with which objects must have been read.
        let revision: UInt64
    }

    private struct Progress {
        /// The revision of the keys when the last list was begun.
        var begun: UInt64
        /// The revision of the keys when the last complete list was begun; nil before the first one.
        var completed: UInt64?
        var isUnderWay = true
    }

    /// The keys that are kept at present.
    private(set) var keys: MetadataKeys
    /// The keys that are kept in any case.
    private let base: MetadataKeys
    private var used: [Place: Configuration] = [:]
    private var candidates: [Place: Configuration] = [:]
    private var lists: [List: Progress] = [:]

    init(keeping base: MetadataKeys = MetadataKeys()) {
        self.base = base
        keys = base
    }

    /// The revision of the keys that the configurations in use need.
    var usedRevision: UInt64 { used.values.map(\.revision).max() ?? 0 }

    /// Whether the configuration at a place is in use, or is waiting for lists.
    func isKnown(_ place: Place) -> Bool { used[place] != nil || candidates[place] != nil }

    // MARK: Changes

    /// Accepts a new configuration, replacing one that is still waiting for lists.
    ///
    /// - Returns: What comes into use, which is the new configuration unless it has to wait.
    mutating func offer(_ value: (any ProviderConfiguration)?, at place: Place) -> [Use] {
        let keys = MetadataKeys(of: (value as? any ProviderSet)?.providers ?? [])
        candidates[place] = nil
        var covered = base
        for configuration in used.values { covered.formUnion(configuration.keys) }
        var revision = usedRevision
        if !covered.include(keys) {
            if !self.keys.include(keys) {
                self.keys.formUnion(keys)
                self.keys.revision += 1
            }
            revision = self.keys.revision
        }
        candidates[place] = Configuration(value: value, keys: keys, revision: revision)
        return advance()
    }

    private mutating func advance() -> [Use] {
        let ready = candidates.filter { isComplete($0.value.revision) }
        for (place, configuration) in ready {
            candidates[place] = nil
            used[place] = configuration
        }
        forgetKeys()
        return ready.map { Use(place: $0.key, value: $0.value.value) }
    }

    /// Drops the keys that nothing needs.
    private mutating func forgetKeys() {
        var needed = base
        for configuration in Array(used.values) + Array(candidates.values) { needed.formUnion(configuration.keys) }
        guard !needed.include(keys) else { return }
        needed.revision = keys.revision + 1
        keys = needed
    }

    // MARK: Lists

    /// A list that has not begun yet will be read with all keys; until then, objects are looked up individually.
    private func isComplete(_ revision: UInt64) -> Bool {
        lists.values.allSatisfy { $0.begun >= revision && ($0.completed ?? revision) >= revision }
    }

    mutating func begin(_ list: List) {
        lists[list] = Progress(begun: keys.revision, completed: lists[list]?.completed)
    }

    /// - Returns: What comes into use.
    mutating func complete(_ list: List) -> [Use] {
        guard let progress = lists[list] else { return [] }
        lists[list] = Progress(begun: progress.begun, completed: progress.begun, isUnderWay: false)
        return advance()
    }

    /// The revision of the keys with which a complete list must be read again; nil if it is recent enough, or if it is
    /// being read.
    func revisionToRead(_ list: List) -> UInt64? {
        guard let progress = lists[list], !progress.isUnderWay else { return nil }
        let needed = candidates.values.map(\.revision).max() ?? 0
        return progress.begun < needed ? needed : nil
    }
}
