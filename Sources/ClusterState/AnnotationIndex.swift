package import KubernetesObjects
package import PodIdentity
internal import Synchronization

/// The objects of one kind in the cluster, ServiceAccounts or Namespaces, as far as an answer needs them: that they exist,
/// and the few annotations that providers read. Shared by all event loops.
package final class AnnotationIndex: Sendable {
    /// An object at one version. Versions are those of the API server, which compare as numbers within one kind (Kubernetes
    /// API concepts, "Resource versions"); 0 where there is none.
    package struct Entry: Equatable, Sendable {
        package let annotations: Annotations
        package let version: UInt64

        package init(_ annotations: Annotations, version: UInt64 = 0) {
            self.annotations = annotations
            self.version = version
        }
    }

    private struct State {
        var objects = IndexedObjects()
        /// What was looked up while a new list is under way: it may be newer than the list. Nil while none is.
        var addedMeanwhile: [NamespacedName: Entry]?
        /// Objects that are being looked up, with the version at which each was last deleted meanwhile; 0 if it was not.
        var lookups: [NamespacedName: UInt64] = [:]
        var isSynced = false
        /// Changes may be missing since then; nil while the watch goes on.
        var interruption: ContinuousClock.Instant?
        /// When objects were looked up since the interruption.
        var lookedUp: [NamespacedName: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())
    /// What a new list has brought so far. Requests do not wait for this lock.
    private let replacement = Mutex<IndexedObjects?>(nil)
    private let staleAfter: Duration
    private let givesIdentity: @Sendable (Annotations) -> Bool

    /// - Parameters:
    ///   - staleAfter: how long after an interruption of the watch an object's lack of an identity is still believed. An
    ///     identity is believed for ten times as long.
    ///   - givesIdentity: tells the objects with an identity from those without.
    package init(
        staleAfter: Duration = .seconds(30),
        givesIdentity: @escaping @Sendable (Annotations) -> Bool = { !$0.isEmpty }
    ) {
        self.staleAfter = staleAfter
        self.givesIdentity = givesIdentity
    }

    /// An index that is complete, without versions.
    package convenience init(_ objects: [NamespacedName: Annotations]) {
        self.init()
        replace(with: objects)
    }

    // MARK: Questions

    /// Unknown before the first complete list, for an object that is not in it, and for one that has not been looked up for
    /// too long while the watch is interrupted.
    package func lookUp(_ name: NamespacedName) -> DecisionInputs.Object {
        state.withLock { state in
            guard let entry = state.objects[name] else { return .unknown }
            if let interruption = state.interruption {
                let age = ContinuousClock.now - max(interruption, state.lookedUp[name] ?? interruption)
                if age > (givesIdentity(entry.annotations) ? staleAfter * 10 : staleAfter) { return .unknown }
            }
            return .known(entry.annotations)
        }
    }

    /// An object with an identity as it was when it was last seen, however long ago; nil for others.
    package func lastKnown(_ name: NamespacedName) -> DecisionInputs.Object? {
        let entry = state.withLock { $0.objects[name] }
        return entry.flatMap { givesIdentity($0.annotations) ? .known($0.annotations) : nil }
    }

    package func contains(_ name: NamespacedName) -> Bool { state.withLock { $0.objects[name] != nil } }

    /// Whether any object of the namespace is known.
    package func knows(namespace: String) -> Bool { state.withLock { $0.objects.isInUse(namespace) } }

    package var count: Int { counts.total }

    package var counts: IndexedObjects.Counts { state.withLock { $0.objects.counts } }

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// Everything at one moment.
    package var snapshot: (entries: [NamespacedName: Entry], counts: IndexedObjects.Counts, isSynced: Bool) {
        state.withLock { ($0.objects.entries, $0.objects.counts, $0.isSynced) }
    }

    // MARK: Changes

    /// Sets what the watch has brought, unless something newer is there already.
    package func set(_ name: NamespacedName, _ entry: Entry) {
        state.withLock { set(name, entry, in: &$0) }
    }

    private func set(_ name: NamespacedName, _ entry: Entry, in state: inout State) {
        if let old = state.objects[name], old.version > entry.version { return }
        state.objects.set(name, entry, givesIdentity: givesIdentity)
        state.addedMeanwhile?[name] = entry
    }

    /// Removes an object, also from a list that is under way.
    ///
    /// - Parameter version: of the deletion; an object that was made again since stays.
    package func remove(_ name: NamespacedName, version: UInt64) {
        replacement.withLock { replacement in
            guard let listed = replacement?[name], listed.version <= version else { return }
            replacement?.set(name, nil, givesIdentity: givesIdentity)
        }
        state.withLock { state in
            if let known = state.lookups[name] { state.lookups[name] = max(known, version) }
            if let old = state.objects[name], old.version > version { return }
            state.objects.set(name, nil, givesIdentity: givesIdentity)
            state.addedMeanwhile?[name] = nil
        }
    }

    /// - Parameter since: when changes began to be missing; nil if none are.
    package func watchIsInterrupted(since: ContinuousClock.Instant?) {
        state.withLock { state in
            state.interruption = since
            if since == nil { state.lookedUp = [:] }
        }
    }

    // MARK: Lookups

    /// From now on deletions of the object are remembered, until `lookupEnds`.
    package func lookupBegins(_ name: NamespacedName) { state.withLock { $0.lookups[name] = 0 } }

    package func lookupEnds(_ name: NamespacedName) { state.withLock { $0.lookups[name] = nil } }

    /// Sets what a lookup has brought, unless something newer is there, or the object was deleted since.
    package func lookedUp(_ name: NamespacedName, _ entry: Entry) {
        state.withLock { state in
            if let deletion = state.lookups[name], deletion > entry.version { return }
            set(name, entry, in: &state)
            if state.interruption != nil { state.lookedUp[name] = .now }
        }
    }

    // MARK: A new list

    /// A new list of everything, without versions.
    package func replace(with objects: [NamespacedName: Annotations]) {
        beginReplacement()
        addToReplacement(objects.lazy.map { ($0.key, Entry($0.value)) })
        endReplacement()
    }

    /// Starts over with a replacement, dropping one that was not finished.
    package func beginReplacement() {
        replacement.withLock { $0 = IndexedObjects() }
        state.withLock { $0.addedMeanwhile = [:] }
    }

    package func addToReplacement(_ entries: some Sequence<(NamespacedName, Entry)>) {
        replacement.withLock { replacement in
            for (name, entry) in entries { replacement?.set(name, entry, givesIdentity: givesIdentity) }
        }
    }

    /// Answers come from the replacement from now on.
    ///
    /// - Parameter version: of the list. What was looked up meanwhile and is newer stays.
    package func endReplacement(version: UInt64 = 0) {
        guard var new = replacement.withLock({ $0.take() }) else { return }
        // Requests wait for this lock, so that nothing is copied or freed under it.
        let old = state.withLock { state in
            for (name, entry) in state.addedMeanwhile ?? [:] where entry.version > version {
                new.set(name, entry, givesIdentity: givesIdentity)
            }
            state.addedMeanwhile = nil
            state.isSynced = true
            swap(&state.objects, &new)
            return new
        }
        withExtendedLifetime(old) {}
    }
}
