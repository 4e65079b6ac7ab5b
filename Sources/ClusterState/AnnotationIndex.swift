package import KubernetesObjects
package import PodIdentity
internal import Synchronization

/// The ServiceAccounts or the Namespaces of the cluster, reduced to their names and the annotations that providers read.
/// All event loops share it.
package final class AnnotationIndex: Sendable {
    /// An object at one resource version. Versions compare as numbers within one kind (Kubernetes API concepts, "Resource
    /// versions"); an object without one has version 0.
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
        /// What has changed while a new list is being read, which may be newer than the list; nil if no list is being read.
        var addedDuringReplacement: [NamespacedName: Entry]?
        /// The objects that are being looked up, each with the version of its last deletion since its lookup began, or
        /// 0.
        var lookups: [NamespacedName: UInt64] = [:]
        var isSynced = false
        /// The moment since which changes may be missing; nil if the watch is not interrupted.
        var interruption: ContinuousClock.Instant?
        /// The moment since which changes may be missing from a provisional list; nil if the list in use is not one.
        var provisionalSince: ContinuousClock.Instant?
        /// The moments at which objects were looked up since the interruption.
        var lookupTimes: [NamespacedName: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())
    /// The number of changes.
    private let changeCount = Atomic<UInt64>(0)
    /// The part of a new list that has been read so far. Requests do not wait for this lock.
    private let replacement = Mutex<IndexedObjects?>(nil)
    private let staleAfter: Duration
    private let givesIdentity: @Sendable (Annotations) -> Bool

    /// - Parameters:
    ///   - staleAfter: How long the index is trusted after an interruption of the watch if it says that an object has
    ///     no identity. It is trusted ten times as long if it says that an object has one.
    ///   - givesIdentity: Whether these annotations of an object specify an identity.
    package init(
        staleAfter: Duration = .seconds(30),
        givesIdentity: @escaping @Sendable (Annotations) -> Bool = { !$0.isEmpty }
    ) {
        self.staleAfter = staleAfter
        self.givesIdentity = givesIdentity
    }

    /// Makes a complete index of objects without versions.
    package convenience init(_ objects: [NamespacedName: Annotations]) {
        self.init()
        replace(with: objects)
    }

    // MARK: Reading

    /// The annotations of an object. The object is unknown if it is not in the index, or if the watch has been
    /// interrupted for too long without a lookup of the object.
    ///
    /// - Parameter revision: The minimum revision of the keys with which the object must have been read.
    package func lookUp(_ name: NamespacedName, since revision: UInt64 = 0) -> DecisionInputs.Object {
        find(name, since: revision).object
    }

    /// As `lookUp`, but also says whether the answer stays the same until something changes.
    func find(_ name: NamespacedName, since revision: UInt64) -> (object: DecisionInputs.Object, lasts: Bool) {
        state.withLock { state in
            let lasts = state.interruption == nil
            guard let entry = state.objects[name], entry.annotations.keysRevision >= revision else {
                return (.unknown, lasts)
            }
            if let interruption = state.interruption {
                let age = ContinuousClock.now - max(interruption, state.lookupTimes[name] ?? interruption)
                if age > (state.objects.givesIdentity(name) ? staleAfter * 10 : staleAfter) { return (.unknown, lasts) }
            }
            return (.known(entry.annotations), lasts)
        }
    }

    /// The number of changes so far. An object that is looked up after reading this number is at least as recent.
    var changes: UInt64 { changeCount.load(ordering: .acquiring) }

    private func change<Result>(_ body: (inout sending State) -> sending Result) -> sending Result {
        state.withLock { state in
            defer { changeCount.wrappingAdd(1, ordering: .releasing) }
            return body(&state)
        }
    }

    /// An object with an identity, as it was last seen, however long ago; nil for all other objects.
    ///
    /// - Parameter revision: The minimum revision of the keys with which the object must have been read.
    package func lastKnown(_ name: NamespacedName, since revision: UInt64 = 0) -> DecisionInputs.Object? {
        state.withLock { state in
            guard state.objects.givesIdentity(name), let entry = state.objects[name],
                entry.annotations.keysRevision >= revision
            else { return nil }
            return .known(entry.annotations)
        }
    }

    package func contains(_ name: NamespacedName) -> Bool { state.withLock { $0.objects[name] != nil } }

    package func hasObjects(inNamespace namespace: String) -> Bool {
        state.withLock { $0.objects.hasObjects(inNamespace: namespace) }
    }

    package var count: Int { counts.total }

    package var counts: IndexedObjects.Counts { state.withLock { $0.objects.counts } }

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// Whether the index has a list that is not provisional.
    package var isVerified: Bool { state.withLock { $0.isSynced && $0.provisionalSince == nil } }

    /// The whole index at one moment.
    package var snapshot: (entries: [NamespacedName: Entry], counts: IndexedObjects.Counts, isSynced: Bool) {
        // Requests wait for the lock, so the entries are copied outside of it.
        let (objects, isSynced) = state.withLock { ($0.objects, $0.isSynced) }
        return (objects.entries, objects.counts, isSynced)
    }

    // MARK: Changing

    /// Sets an object that the watch has reported, unless the index has a newer version.
    package func set(_ name: NamespacedName, _ entry: Entry) { change { set(name, entry, in: &$0) } }

    private func set(_ name: NamespacedName, _ entry: Entry, in state: inout State) {
        if let old = state.objects[name], old.version > entry.version { return }
        state.objects.set(name, entry, givesIdentity: givesIdentity)
        state.addedDuringReplacement?[name] = entry
    }

    /// Removes an object, including from a list that is being read.
    ///
    /// - Parameter version: The version of the deletion; an object that was created again after it stays.
    package func remove(_ name: NamespacedName, version: UInt64) {
        replacement.withLock { replacement in
            guard let listed = replacement?[name], listed.version <= version else { return }
            replacement?.set(name, nil, givesIdentity: givesIdentity)
        }
        change { state in
            if let known = state.lookups[name] { state.lookups[name] = max(known, version) }
            if let old = state.objects[name], old.version > version { return }
            state.objects.set(name, nil, givesIdentity: givesIdentity)
            state.addedDuringReplacement?[name] = nil
        }
    }

    /// Determines again which objects have an identity, because different providers are in use.
    package func examineIdentities() {
        replacement.withLock { replacement in
            for name in replacement?.allNames ?? [] {
                replacement?.examine(name, givesIdentity: givesIdentity)
            }
        }
        let names = state.withLock { $0.objects }.allNames
        // Requests wait for this lock, so it is held for only some of the objects at a time.
        for start in stride(from: 0, to: names.count, by: 256) {
            change { state in
                for name in names[start..<min(start + 256, names.count)] {
                    state.objects.examine(name, givesIdentity: givesIdentity)
                }
            }
        }
    }

    /// - Parameter since: The moment since which changes may be missing; nil if the watch is not interrupted.
    package func setWatchInterruption(since: ContinuousClock.Instant?) {
        change { state in
            state.interruption = [since, state.provisionalSince].compactMap(\.self).min()
            if state.interruption == nil { state.lookupTimes = [:] }
        }
    }

    // MARK: Lookups

    /// Remembers deletions of the object until `endLookup`.
    package func beginLookup(_ name: NamespacedName) { state.withLock { $0.lookups[name] = 0 } }

    package func endLookup(_ name: NamespacedName) { state.withLock { $0.lookups[name] = nil } }

    /// Sets an object that was looked up, unless the index has a newer version or the object has been deleted since.
    package func setLookedUp(_ name: NamespacedName, _ entry: Entry) {
        change { state in
            if let deletion = state.lookups[name], deletion > entry.version { return }
            set(name, entry, in: &state)
            if state.interruption != nil { state.lookupTimes[name] = .now }
        }
    }

    // MARK: Replacing everything

    /// Replaces all objects with objects without versions.
    package func replace(with objects: [NamespacedName: Annotations]) {
        beginReplacement()
        addToReplacement(objects.lazy.map { ($0.key, Entry($0.value)) })
        endReplacement()
    }

    /// Begins a replacement, and discards one that was not finished.
    package func beginReplacement() {
        replacement.withLock { $0 = IndexedObjects() }
        state.withLock { $0.addedDuringReplacement = [:] }
    }

    package func addToReplacement(_ entries: some Sequence<(NamespacedName, Entry)>) {
        replacement.withLock { replacement in
            for (name, entry) in entries { replacement?.set(name, entry, givesIdentity: givesIdentity) }
        }
    }

    /// Puts the replacement into use.
    ///
    /// - Parameters:
    ///   - version: The version of the list. Objects that have meanwhile been set with a newer version stay.
    ///   - isProvisional: Whether changes may be missing from the list since an unknown time. Until there is another
    ///     list, the index is not trusted if it says that an object has no identity.
    package func endReplacement(version: UInt64 = 0, isProvisional: Bool = false) {
        guard var new = replacement.withLock({ $0.take() }) else { return }
        // Requests wait for this lock, so nothing large is copied or freed while it is held.
        let old = change { state in
            for (name, entry) in state.addedDuringReplacement ?? [:] where entry.version > version {
                new.set(name, entry, givesIdentity: givesIdentity)
            }
            state.addedDuringReplacement = nil
            state.isSynced = true
            state.provisionalSince = isProvisional ? .now - staleAfter - .nanoseconds(1) : nil
            if isProvisional { state.interruption = state.provisionalSince }
            swap(&state.objects, &new)
            return new
        }
        withExtendedLifetime(old) {}
    }
}
