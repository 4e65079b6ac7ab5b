internal import JSON
internal import KubernetesObjects

/// Remembers what providers have decided, so that pods that do not differ in anything that decisions depend on need
/// only one decision. Nothing has to be invalidated: each decision is stored with all inputs that it was made from.
///
/// It serves one event loop, and must not be shared between threads.
package final class DecisionMemory {
    /// The number of decisions that are remembered. If two ServiceAccounts share a slot, the last one stays.
    static let capacity = 256
    /// The maximum number of bytes of a pod's annotations and labels that are remembered with a decision.
    static let maximumPodBytes = 512
    /// The maximum number of bytes of the texts of the ServiceAccount, the Namespace and the decisions. A few kilobytes
    /// are usual.
    static let maximumBytes = 8 * 1024

    private var entries = [Entry?](repeating: nil, count: DecisionMemory.capacity)
    /// The keys that the providers of a chain read from pods. They change with the chain's configurations.
    private var podKeys: (changeCount: UInt64, keys: PodKeys?)?

    package init() {}

    /// All that a decision depends on.
    struct Question {
        fileprivate let account: NamespacedName
        fileprivate let serviceAccount: Annotations
        fileprivate let namespace: Annotations?
        fileprivate let serverVersion: ServerVersion?
        fileprivate let changeCount: UInt64
        fileprivate let isForWindows: Bool
        fileprivate let name: JSONText?
        fileprivate let generateName: JSONText?
        /// The annotations and labels that providers read.
        fileprivate let podEntries: [PodEntry]

        fileprivate struct PodEntry {
            let isLabel: Bool
            let key: JSONText
            let value: JSONText
        }
    }

    fileprivate struct Entry {
        let account: NamespacedName
        let serviceAccount: Annotations
        let namespace: Annotations?
        let serverVersion: ServerVersion?
        let changeCount: UInt64
        let isForWindows: Bool
        /// Nil if the name of the pod does not matter.
        let name: PodName?
        let podEntries: [(isLabel: Bool, key: [UInt8], value: [UInt8])]
        let decisions: [CloudDecision]
    }

    /// - Returns: Nil if the decision about the pod must not be remembered.
    func question(about pod: PodView, _ inputs: DecisionInputs, of chain: ProviderChain) -> Question? {
        guard let account = pod.serviceAccount, inputs.configurations.areAllRead,
            case .known(let serviceAccount) = inputs.serviceAccount
        else { return nil }
        let namespace: Annotations?
        switch inputs.namespace {
        case nil: namespace = nil
        case .known(let annotations): namespace = annotations
        default: return nil
        }
        guard let keys = podKeys(of: chain, inputs.configurations), let entries = Self.entries(of: pod, keys) else {
            return nil
        }
        return Question(
            account: account,
            serviceAccount: serviceAccount,
            namespace: namespace,
            serverVersion: inputs.serverVersion,
            changeCount: inputs.configurations.changeCount,
            isForWindows: pod.isForWindows,
            name: pod.metadata?["name"]?.text,
            generateName: pod.metadata?["generateName"]?.text,
            podEntries: entries
        )
    }

    private func podKeys(of chain: ProviderChain, _ configurations: ProviderConfigurations) -> PodKeys? {
        if let podKeys, podKeys.changeCount == configurations.changeCount { return podKeys.keys }
        let keys = chain.podKeys(configurations)
        podKeys = (configurations.changeCount, keys)
        return keys
    }

    /// - Returns: Nil if a value is not a string, or if all of them together are too long to be remembered.
    private static func entries(of pod: PodView, _ keys: PodKeys) -> [Question.PodEntry]? {
        guard let metadata = pod.metadata else { return [] }
        var entries: [Question.PodEntry] = []
        var bytes = 0
        for (field, isLabel) in [("annotations", false), ("labels", true)] as [(StaticString, Bool)] {
            guard let members = metadata[field]?.members else { continue }
            for (key, value) in members where keys.contain(key) {
                guard let value = value.text else { return nil }
                bytes += key.utf8.count + value.utf8.count
                guard bytes <= maximumPodBytes else { return nil }
                entries.append(Question.PodEntry(isLabel: isLabel, key: key, value: value))
            }
        }
        return entries
    }

    func decisions(_ question: Question) -> [CloudDecision]? {
        guard let entry = entries[question.place], entry.answers(question) else { return nil }
        return entry.decisions
    }

    /// Remembers the decisions, if they apply to other pods too.
    func remember(_ decisions: [CloudDecision], _ question: Question) {
        let scope = decisions.lazy.map(\.decision.scope).min() ?? .podsAlike
        guard scope > .pod else { return }
        let read = question.serviceAccount.byteCount + (question.namespace?.byteCount ?? 0)
        guard decisions.reduce(read, { $0 + $1.byteCount }) <= Self.maximumBytes else { return }
        entries[question.place] = Entry(
            account: question.account,
            serviceAccount: question.serviceAccount,
            namespace: question.namespace,
            serverVersion: question.serverVersion,
            changeCount: question.changeCount,
            isForWindows: question.isForWindows,
            name: scope == .podsAlike ? nil : PodName(of: question),
            podEntries: question.podEntries.map { ($0.isLabel, Array($0.key.utf8), Array($0.value.utf8)) },
            decisions: decisions
        )
    }
}

/// The name of a pod, or the prefix of a name that will be generated.
private struct PodName: Equatable {
    let name: [UInt8]
    let generateName: [UInt8]

    init(of question: DecisionMemory.Question) {
        name = question.name.map { Array($0.utf8) } ?? []
        generateName = question.generateName.map { Array($0.utf8) } ?? []
    }
}

extension DecisionMemory.Question {
    /// The slot in which the decision is remembered. Pods with different settings of their own have different slots.
    fileprivate var place: Int {
        let own = podEntries.reduce(0) { $0 &* 7 &+ $1.value.utf8.count }
        return ((account.shortHash ^ own) & Int.max) % DecisionMemory.capacity
    }
}

extension DecisionMemory.Entry {
    fileprivate func answers(_ question: DecisionMemory.Question) -> Bool {
        changeCount == question.changeCount && isForWindows == question.isForWindows
            && serverVersion == question.serverVersion && account == question.account
            && serviceAccount.hasSameContent(as: question.serviceAccount)
            && hasSameNamespace(as: question) && (name.map { $0 == PodName(of: question) } ?? true)
            && podEntries.count == question.podEntries.count
            && zip(podEntries, question.podEntries).allSatisfy { own, other in
                own.isLabel == other.isLabel && other.key.equals(own.key) && other.value.equals(own.value)
            }
    }

    private func hasSameNamespace(as question: DecisionMemory.Question) -> Bool {
        switch (namespace, question.namespace) {
        case (nil, nil): true
        case (let own?, let other?): own.hasSameContent(as: other)
        default: false
        }
    }
}
