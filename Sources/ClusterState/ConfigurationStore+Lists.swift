package import PodIdentity
internal import ServiceSupport
internal import Synchronization

extension ConfigurationStore {
    typealias List = ConfigurationChanges.List

    /// The keys that are currently kept of ServiceAccounts and Namespaces.
    package var keys: MetadataKeys { state.withLock { $0.changes.keys } }

    /// Must be called when a list begins. All of it is read with the current keys or later ones.
    func begin(_ list: List) { state.withLock { $0.changes.begin(list) } }

    /// Must be called when a list is complete and in use.
    func complete(_ list: List) { change { $0.changes.complete(list) } }

    /// The revision of the keys with which a complete list must be read again; nil if it is recent enough.
    func revisionToRead(_ list: List) -> UInt64? { state.withLock { $0.changes.revisionToRead(list) } }
}

/// Says when a list must be read again, once for each change.
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
    /// - Parameter last: The revision for which it is already being read again.
    /// - Returns: The revision; nil if the task is cancelled.
    func next(after last: UInt64) async -> UInt64? {
        while !Task.isCancelled {
            if let revision = store.revisionToRead(list), revision > last { return revision }
            guard await alarm.wait() else { return nil }
        }
        return nil
    }
}
