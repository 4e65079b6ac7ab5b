package import JSON

/// Turns injections into a JSON patch of a pod, with one operation for each thing that is missing. A pod that has everything
/// gets an empty patch.
///
/// Operations on what the pod has come before those that put something in front of a list, so that the indexes in their paths
/// are right.
package struct PodMutator {
    package struct Mutation {
        package var patch = JSONPatch()
        /// What became of each injection, in their order.
        package var parts: [Part] = []
    }

    /// What became of one injection.
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
        /// Whether there is a container that is not left alone, or something that the pod itself has or gets.
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
    ///   - injections: Of different clouds, and set apart from each other.
    ///   - followingAll: Whether everything is followed even in containers that are untouched, for tests.
    package static func mutate(
        _ pod: PodView,
        with injections: [Injection],
        followingAll: Bool = false
    ) -> Mutation {
        mutate(pod, with: injections.map(SharedInjection.init), followingAll: followingAll)
    }

    /// - Parameters:
    ///   - injections: Of different clouds, and set apart from each other.
    ///   - followingAll: Whether everything is followed even in containers that are untouched.
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

    /// Changes ephemeral containers alone: nothing else of an existing pod can change.
    ///
    /// - Parameter search: a search in this pod, which all its ephemeral containers share.
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

    /// Replaces mounts for all injections before any adds one. A mount that goes elsewhere can make way for another one.
    private mutating func replaceMounts(in plan: inout ContainerPlan) {
        // A round makes way for one more injection at least, or changes nothing.
        for _ in 0...injections.count {
            var isChanged = false
            for index in injections.indices where injections[index].replaceMounts(in: &plan, search) {
                isChanged = true
            }
            guard isChanged else { return }
        }
    }

    /// Appends to a list of the pod with one operation per item; a list that does not exist yet is added with its items.
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
    /// Whether the container's owner has said that they mean what it sets.
    package func isAcknowledged(_ container: String) -> Bool {
        guard !acknowledgedContainers.isEmpty else { return false }
        return acknowledgedContainers.contains(container) || acknowledgedContainers.contains("*")
    }
}
