internal import PodIdentity

/// Decides when a configuration that brings providers takes the place of the one before.
///
/// Providers read annotations and labels of which the indexes keep nothing else. If new providers read more than is kept,
/// more is kept first, the lists are read again, and the configuration is only used once every list is complete: until
/// then the one before is. What only the one before needs is no longer kept afterwards.
struct ConfigurationChanges {
    typealias Place = ProviderConfigurationSource.Place

    /// What is listed, and has to be listed again if more of it is kept.
    enum List: Hashable { case serviceAccounts, namespaces, files }

    /// A configuration that is used from now on.
    struct Use {
        let place: Place
        /// Nil for none.
        let value: (any ProviderConfiguration)?
    }

    private struct Configuration {
        let value: (any ProviderConfiguration)?
        let keys: MetadataKeys
        /// The revision of the keys by which objects must have been read.
        let revision: UInt64
    }

    private struct Progress {
        /// The revision of the keys when the last list was begun.
        var begun: UInt64
        /// The revision of the keys when the last list that is complete was begun; nil before the first one.
        var completed: UInt64?
        var isUnderWay = true
    }

    /// What is kept now.
    private(set) var keys: MetadataKeys
    /// What is kept in any case.
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

    /// Whether a configuration at a place is used, or waits for lists.
    func isKnown(_ place: Place) -> Bool { used[place] != nil || candidates[place] != nil }

    // MARK: Changes

    /// Takes a new configuration, in place of one that still waits for lists.
    ///
    /// - Returns: what is used from now on, which is the new configuration unless it has to wait.
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

    /// Drops the keys that nothing needs any longer.
    private mutating func forgetKeys() {
        var needed = base
        for configuration in Array(used.values) + Array(candidates.values) { needed.formUnion(configuration.keys) }
        guard !needed.include(keys) else { return }
        needed.revision = keys.revision + 1
        keys = needed
    }

    // MARK: Lists

    /// A list that was not begun yet will be read with all keys; until then, objects are looked up one by one.
    private func isComplete(_ revision: UInt64) -> Bool {
        lists.values.allSatisfy { $0.begun >= revision && ($0.completed ?? revision) >= revision }
    }

    mutating func begin(_ list: List) {
        lists[list] = Progress(begun: keys.revision, completed: lists[list]?.completed)
    }

    /// - Returns: what is used from now on.
    mutating func complete(_ list: List) -> [Use] {
        guard let progress = lists[list] else { return [] }
        lists[list] = Progress(begun: progress.begun, completed: progress.begun, isUnderWay: false)
        return advance()
    }

    /// The revision of the keys with which a complete list has to be read again; nil if it is good enough, or if it is being
    /// read.
    func revisionToRead(_ list: List) -> UInt64? {
        guard let progress = lists[list], !progress.isUnderWay else { return nil }
        let needed = candidates.values.map(\.revision).max() ?? 0
        return progress.begun < needed ? needed : nil
    }
}
