package import JSON

/// Turns injections into a JSON patch for a pod, with one operation for each thing that is missing. For a pod that
/// already has everything, the patch is empty.
///
/// Operations on what the pod already has come before those that insert something at the start of a list, so that the
/// indices in their paths are correct.
package struct PodMutator {
    package struct Mutation {
        package var patch = JSONPatch()
        /// The result of each injection, in order.
        package var parts: [Part] = []
    }

    /// The result of one injection.
    package struct Part {
        /// As in the injection.
        package var method = ""
        /// As in the injection.
        package var identity = ""
        /// As in the injection.
        package var malformation: String?
        /// Warnings for the client that creates the pod.
        package var warnings: Warnings = []
        package var reason = Reason.alreadyInjected
        /// Whether any container is not left alone, or the pod itself has or gets something.
        package var concernsContainers = false
    }

    let pod: PodView
    var patch = JSONPatch()
    var search: TokenSearch
    var injections: [PlacedInjection]
    private(set) var followsAll = false

    private init(_ pod: PodView, _ injections: [SharedInjection], _ search: TokenSearch) {
        self.pod = pod
        var search = search
        var placed: [PlacedInjection] = []
        placed.reserveCapacity(injections.count)
        for injection in injections { placed.append(PlacedInjection(injection, after: placed, &search)) }
        self.injections = placed
        self.search = search
    }

    /// - Parameters:
    ///   - injections: Injections of different clouds, separated by `setApart`.
    ///   - followingAll: Whether paths are followed even in untouched containers, for tests.
    package static func mutate(
        _ pod: PodView,
        with injections: [Injection],
        followingAll: Bool = false
    ) -> Mutation {
        mutate(pod, with: injections.map(SharedInjection.init), followingAll: followingAll)
    }

    /// - Parameters:
    ///   - injections: Injections of different clouds, separated by `setApart`.
    ///   - followingAll: Whether paths are followed even in untouched containers.
    static func mutate(
        _ pod: PodView,
        with injections: [SharedInjection],
        followingAll: Bool = false
    ) -> Mutation {
        let isForWindows = injections.contains(where: \.injection.isForWindows)
        var mutator = PodMutator(pod, injections, TokenSearch(in: pod, isOnWindows: isForWindows))
        mutator.followsAll = followingAll
        for container in pod.containers {
            // A patch that is too large is not used, and each container makes it larger.
            guard !mutator.patch.isTooLarge else { break }
            mutator.inject(into: container)
        }
        for index in mutator.injections.indices { mutator.injections[index].noteMountsOfContainers() }
        mutator.addVolumes()
        mutator.addMetadata()
        mutator.addContainers()
        for index in mutator.injections.indices { mutator.injections[index].warnOfUnknownNames(in: pod) }
        return mutator.mutation
    }

    package static func mutate(_ pod: PodView, with injection: Injection) -> (patch: JSONPatch, part: Part) {
        let mutation = mutate(pod, with: [injection])
        return (mutation.patch, mutation.parts.first ?? Part())
    }

    /// Changes only ephemeral containers: nothing else of an existing pod can change.
    ///
    /// - Parameter search: A search in this pod, which all its ephemeral containers share.
    static func mutate(
        _ containers: [ContainerView],
        of pod: PodView,
        with injections: [SharedInjection],
        _ search: inout TokenSearch
    ) -> Mutation {
        var mutator = PodMutator(pod, injections, search)
        for container in containers {
            mutator.inject(into: container)
            for index in mutator.injections.indices {
                mutator.injections[index].warnOfTokenMode(container, in: pod, isOnWindows: search.isOnWindows)
            }
        }
        search = mutator.search
        return mutator.mutation
    }

    private var mutation: Mutation { Mutation(patch: patch, parts: injections.map(\.part)) }

    private mutating func inject(into container: ContainerView) {
        guard !injectIfUntouched(container) else { return }
        var plan = ContainerPlan(container)
        replaceMounts(in: &plan)
        for index in injections.indices { injections[index].inject(into: &plan, &search) }
        for index in injections.indices { injections[index].noteIdentity(in: plan) }
        addEnvironment(plan.environment, to: container)
        addMounts(plan, to: container)
        for index in injections.indices {
            injections[index].warnOfFileModes(container, in: pod, isOnWindows: search.isOnWindows)
        }
    }

    /// Replaces mounts for all injections before any mount is added. A mount that is moved elsewhere can make room for
    /// another one.
    private mutating func replaceMounts(in plan: inout ContainerPlan) {
        // Each round makes room for at least one more injection, or changes nothing.
        for _ in 0...injections.count {
            var isChanged = false
            for index in injections.indices where injections[index].replaceMounts(in: &plan, search) {
                isChanged = true
            }
            guard isChanged else { return }
        }
    }

    /// Appends to a list of the pod with one operation per item; a list that does not exist is added with its items.
    mutating func append<Item>(
        _ items: [Item],
        to field: StaticString,
        of object: JSONPointer,
        exists: Bool,
        _ write: (Item, inout JSONWriter) -> Void
    ) {
        guard !items.isEmpty else { return }
        let list = object.appending(key: field)
        guard exists else {
            patch.add(list) { writer in
                writer.array { array in items.forEach { write($0, &array) } }
            }
            return
        }
        let end = list.appendingEnd()
        for item in items {
            patch.add(end) { write(item, &$0) }
        }
    }
}

extension Injection {
    /// Whether the container's owner has acknowledged that its settings are intended.
    package func isAcknowledged(_ container: String) -> Bool {
        guard !acknowledgedContainers.isEmpty else { return false }
        return acknowledgedContainers.contains(container) || acknowledgedContainers.contains("*")
    }
}
