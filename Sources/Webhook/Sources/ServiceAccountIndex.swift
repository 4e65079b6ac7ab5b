package import PodIdentity
internal import Synchronization

/// The ServiceAccounts of the cluster, as far as an answer needs them: that they exist, and the few annotations that
/// providers read. Shared by all event loops.
package final class ServiceAccountIndex: Sendable {
    private struct State {
        var accounts: [NamespacedName: Annotations] = [:]
        /// What a relist has brought so far; it replaces `accounts` when it is complete.
        var replacement: [NamespacedName: Annotations]?
        var isSynced = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Unknown before the first complete list, and for an account that is not in it.
    package func lookUp(_ name: NamespacedName) -> Sources.ServiceAccount {
        state.withLock { state in
            if let annotations = state.accounts[name] { return .known(annotations) }
            return .unknown
        }
    }

    package var count: Int { state.withLock { $0.accounts.count } }

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    package func set(_ name: NamespacedName, _ annotations: Annotations) {
        state.withLock { $0.accounts[name] = annotations }
    }

    package func remove(_ name: NamespacedName) {
        state.withLock { _ = $0.accounts.removeValue(forKey: name) }
    }

    // MARK: A new list

    /// Starts over with a replacement, dropping one that was not finished.
    package func beginReplacement() { state.withLock { $0.replacement = [:] } }

    package func addToReplacement(_ entries: some Sequence<(NamespacedName, Annotations)>) {
        state.withLock { state in
            for (name, annotations) in entries { state.replacement?[name] = annotations }
        }
    }

    /// Answers come from the replacement from now on.
    package func endReplacement() {
        state.withLock { state in
            guard let replacement = state.replacement else { return }
            state.accounts = replacement
            state.replacement = nil
            state.isSynced = true
        }
    }
}
