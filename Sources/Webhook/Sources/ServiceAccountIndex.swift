package import PodIdentity
internal import Synchronization

/// The ServiceAccounts of the cluster, as far as an answer needs them: that they exist, and the few annotations that
/// providers read. Shared by all event loops.
package final class ServiceAccountIndex: Sendable {
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var total = 0
        package fileprivate(set) var withIdentity = 0
    }

    private struct State {
        var accounts = Accounts()
        /// What a relist has brought so far; it replaces `accounts` when it is complete.
        var replacement: Accounts?
        var isSynced = false
    }

    /// Counts as it goes: the whole is too much to be looked through while requests wait.
    private struct Accounts {
        private(set) var annotations: [NamespacedName: Annotations] = [:]
        private var withIdentity = 0

        var counts: Counts { Counts(total: annotations.count, withIdentity: withIdentity) }

        mutating func set(_ name: NamespacedName, _ new: Annotations?, givesIdentity: (Annotations) -> Bool) {
            let old = new.map { annotations.updateValue($0, forKey: name) } ?? annotations.removeValue(forKey: name)
            if let old, givesIdentity(old) { withIdentity -= 1 }
            if let new, givesIdentity(new) { withIdentity += 1 }
        }
    }

    private let state = Mutex(State())
    private let givesIdentity: @Sendable (Annotations) -> Bool

    /// - Parameter givesIdentity: tells, for the counts, the accounts with an identity from those without.
    package init(givesIdentity: @escaping @Sendable (Annotations) -> Bool = { !$0.isEmpty }) {
        self.givesIdentity = givesIdentity
    }

    /// Unknown before the first complete list, and for an account that is not in it.
    package func lookUp(_ name: NamespacedName) -> Sources.ServiceAccount {
        state.withLock { state in
            if let annotations = state.accounts.annotations[name] { return .known(annotations) }
            return .unknown
        }
    }

    package var count: Int { counts.total }

    package var counts: Counts { state.withLock { $0.accounts.counts } }

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// Everything at one moment.
    package var snapshot: (accounts: [NamespacedName: Annotations], counts: Counts, isSynced: Bool) {
        state.withLock { ($0.accounts.annotations, $0.accounts.counts, $0.isSynced) }
    }

    package func set(_ name: NamespacedName, _ annotations: Annotations) {
        state.withLock { $0.accounts.set(name, annotations, givesIdentity: givesIdentity) }
    }

    /// Sets what was looked up, unless the watch has brought the account meanwhile: that is newer.
    package func add(_ name: NamespacedName, _ annotations: Annotations) {
        state.withLock { state in
            guard state.accounts.annotations[name] == nil else { return }
            state.accounts.set(name, annotations, givesIdentity: givesIdentity)
        }
    }

    package func remove(_ name: NamespacedName) {
        state.withLock { $0.accounts.set(name, nil, givesIdentity: givesIdentity) }
    }

    // MARK: A new list

    /// Starts over with a replacement, dropping one that was not finished.
    package func beginReplacement() { state.withLock { $0.replacement = Accounts() } }

    package func addToReplacement(_ entries: some Sequence<(NamespacedName, Annotations)>) {
        state.withLock { state in
            for (name, annotations) in entries {
                state.replacement?.set(name, annotations, givesIdentity: givesIdentity)
            }
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
