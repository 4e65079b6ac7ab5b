package import PodIdentity
internal import ServiceSupport
internal import Synchronization

extension ConfigurationStore {
    typealias List = ConfigurationChanges.List

    /// What is kept of ServiceAccounts and Namespaces now.
    package var keys: MetadataKeys { state.withLock { $0.changes.keys } }

    /// A list begins, of which everything is read by the present keys or later ones.
    func begin(_ list: List) { state.withLock { $0.changes.begin(list) } }

    /// A list is complete, and what it found is used.
    func complete(_ list: List) { change { $0.changes.complete(list) } }

    /// The revision of the keys with which a complete list has to be read again; nil if it is good enough.
    func revisionToRead(_ list: List) -> UInt64? { state.withLock { $0.changes.revisionToRead(list) } }
}

/// Tells when a list has to be read again, once for each change.
final class ListRepetition: Sendable {
    private let list: ConfigurationStore.List
    private let store: ConfigurationStore
    private let alarm = Alarm()

    init(of list: ConfigurationStore.List, _ store: ConfigurationStore) {
        self.list = list
        self.store = store
        store.observe { [alarm] in alarm.ring() }
    }

    /// Returns when the list must be read again with a later revision of the keys, or when the task is cancelled.
    ///
    /// - Parameter last: the revision for which it is being read again already.
    /// - Returns: the revision; nil if the task is cancelled.
    func next(after last: UInt64) async -> UInt64? {
        while !Task.isCancelled {
            if let revision = store.revisionToRead(list), revision > last { return revision }
            guard await alarm.wait() else { return nil }
        }
        return nil
    }
}
