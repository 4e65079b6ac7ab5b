package import PodIdentity
internal import Synchronization

/// The objects of one kind in the cluster, ServiceAccounts or Namespaces, as far as an answer needs them: that they exist,
/// and the few annotations that providers read. Shared by all event loops.
package final class AnnotationIndex: Sendable {
    package struct Counts: Equatable, Sendable {
        package fileprivate(set) var total = 0
        package fileprivate(set) var withIdentity = 0
    }

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
        var objects = Objects()
        /// What a relist has brought so far; it replaces `objects` when it is complete.
        var replacement: Objects?
        /// What was looked up while a relist was under way: it may be newer than the list.
        var addedMeanwhile: [NamespacedName: Entry] = [:]
        var isSynced = false
        /// Changes may be missing since then; nil while the watch goes on.
        var interruption: ContinuousClock.Instant?
    }

    /// Counts as it goes: the whole is too much to be looked through while requests wait.
    private struct Objects {
        private(set) var entries: [NamespacedName: Entry] = [:]
        private var withIdentity = 0

        var counts: Counts { Counts(total: entries.count, withIdentity: withIdentity) }

        mutating func set(_ name: NamespacedName, _ new: Entry?, givesIdentity: (Annotations) -> Bool) {
            let old = new.map { entries.updateValue($0, forKey: name) } ?? entries.removeValue(forKey: name)
            if let old, givesIdentity(old.annotations) { withIdentity -= 1 }
            if let new, givesIdentity(new.annotations) { withIdentity += 1 }
        }
    }

    private let state = Mutex(State())
    private let staleAfter: Duration
    private let givesIdentity: @Sendable (Annotations) -> Bool

    /// - Parameters:
    ///   - staleAfter: how long after an interruption of the watch an object's lack of an identity is still believed.
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

    /// A new list of everything, without versions.
    package func replace(with objects: [NamespacedName: Annotations]) {
        beginReplacement()
        addToReplacement(objects.lazy.map { ($0.key, Entry($0.value)) })
        endReplacement()
    }

    /// Unknown before the first complete list, and for an object that is not in it; and, when the watch has been
    /// interrupted for too long, for one that had no identity then.
    package func lookUp(_ name: NamespacedName) -> Sources.Object {
        state.withLock { state in
            guard let entry = state.objects.entries[name] else { return .unknown }
            if let interruption = state.interruption, ContinuousClock.now - interruption > staleAfter,
                !givesIdentity(entry.annotations)
            {
                return .unknown
            }
            return .known(entry.annotations)
        }
    }

    package var count: Int { counts.total }

    package var counts: Counts { state.withLock { $0.objects.counts } }

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    /// Everything at one moment.
    package var snapshot: (entries: [NamespacedName: Entry], counts: Counts, isSynced: Bool) {
        state.withLock { ($0.objects.entries, $0.objects.counts, $0.isSynced) }
    }

    /// Sets what the watch has brought, or a lookup, unless something newer is there already.
    package func set(_ name: NamespacedName, _ entry: Entry) {
        state.withLock { state in
            if let old = state.objects.entries[name], old.version > entry.version { return }
            state.objects.set(name, entry, givesIdentity: givesIdentity)
            if state.replacement != nil { state.addedMeanwhile[name] = entry }
        }
    }

    /// - Parameter version: of the deletion; an object that was made again since stays.
    package func remove(_ name: NamespacedName, version: UInt64) {
        state.withLock { state in
            if let old = state.objects.entries[name], old.version > version { return }
            state.objects.set(name, nil, givesIdentity: givesIdentity)
        }
    }

    /// - Parameter since: when changes began to be missing; nil if none are.
    package func watchIsInterrupted(since: ContinuousClock.Instant?) { state.withLock { $0.interruption = since } }

    // MARK: A new list

    /// Starts over with a replacement, dropping one that was not finished.
    package func beginReplacement() {
        state.withLock { state in
            state.replacement = Objects()
            state.addedMeanwhile = [:]
        }
    }

    package func addToReplacement(_ entries: some Sequence<(NamespacedName, Entry)>) {
        state.withLock { state in
            for (name, entry) in entries { state.replacement?.set(name, entry, givesIdentity: givesIdentity) }
        }
    }

    /// Answers come from the replacement from now on.
    ///
    /// - Parameter version: of the list. What was looked up meanwhile and is newer stays.
    package func endReplacement(version: UInt64 = 0) {
        state.withLock { state in
            guard var replacement = state.replacement else { return }
            for (name, entry) in state.addedMeanwhile where entry.version > version {
                replacement.set(name, entry, givesIdentity: givesIdentity)
            }
            state.objects = replacement
            state.replacement = nil
            state.addedMeanwhile = [:]
            state.isSynced = true
        }
    }
}
