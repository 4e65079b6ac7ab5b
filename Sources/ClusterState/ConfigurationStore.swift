package import NIOCore
package import PodIdentity
internal import Synchronization

/// The current configurations of the providers, which are replaced individually, and the keys that are kept of
/// ServiceAccounts and Namespaces for them. All event loops share it.
package final class ConfigurationStore: Sendable {
    struct State {
        var configurations: ProviderConfigurations
        var changes: ConfigurationChanges
        /// The waiters for a configuration to be read, by number.
        var waiters: [ProviderConfigurationSource.Place: [UInt64: EventLoopPromise<Bool>]] = [:]
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
        var statuses: [ProviderConfigurationSource.Place: Status] = [:]
        var observers: [@Sendable () -> Void] = []
    }

    /// The result of reading the latest text of a configuration.
    package struct Status: Sendable {
        /// Why the text cannot be used, and since when; nil if it can.
        package internal(set) var refusal: (since: ContinuousClock.Instant, reason: String)?
        /// The number of texts that could not be used.
        package internal(set) var refusals = 0
        /// The number of times that a configuration has come into use.
        package internal(set) var uses = 0
        var texts: [ConfigurationText]?
    }

    let state: Mutex<State>
    /// The number of changes of `current`.
    private let version = Atomic<UInt64>(0)
    private let maximumWaiting: Int

    /// - Parameters:
    ///   - unread: The configurations that pods wait for until they have been read once.
    ///   - keys: The keys that are kept in any case.
    ///   - maximumWaiting: The maximum number of pods that may wait at the same time.
    package init(
        unread: [ProviderConfigurationSource.Place] = [],
        keeping keys: MetadataKeys = MetadataKeys(),
        maximumWaiting: Int = 256
    ) {
        state = Mutex(
            State(
                configurations: ProviderConfigurations(unread: unread),
                changes: ConfigurationChanges(keeping: keys)
            )
        )
        self.maximumWaiting = maximumWaiting
    }

    package var current: ProviderConfigurations { state.withLock { $0.configurations } }

    /// The number of changes of `current` so far. A value of `current` that is read after this number is at least as
    /// recent.
    var changes: UInt64 { version.load(ordering: .acquiring) }

    /// The result of reading the latest text at a place.
    package func status(of place: ProviderConfigurationSource.Place) -> Status {
        state.withLock { $0.statuses[place] ?? Status() }
    }

    // MARK: Waiting

    /// Waits until a configuration has been read.
    ///
    /// - Returns: A future on the event loop that says whether the configuration was read before the deadline.
    package func waitUntilRead(
        _ place: ProviderConfigurationSource.Place,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Bool> {
        let promise = eventLoop.makePromise(of: Bool.self)
        let number: UInt64? = state.withLock { state in
            guard state.configurations.availability(of: place) == .unread, state.waiterCount < maximumWaiting else {
                return nil
            }
            state.waiterCount += 1
            state.lastWaiter += 1
            state.waiters[place, default: [:]][state.lastWaiter] = promise
            return state.lastWaiter
        }
        guard let number else {
            promise.succeed(current.availability(of: place) == .read)
            return promise.futureResult
        }
        let timer = eventLoop.scheduleTask(deadline: deadline) { [self] in
            remove(number, at: place)?.succeed(false)
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        return promise.futureResult
    }

    private func remove(_ number: UInt64, at place: ProviderConfigurationSource.Place) -> EventLoopPromise<Bool>? {
        state.withLock { state in
            guard let promise = state.waiters[place]?.removeValue(forKey: number) else { return nil }
            state.waiterCount -= 1
            return promise
        }
    }

    // MARK: Changing

    /// Makes a change, and then informs waiters and observers.
    func change(_ body: (inout State) -> [ConfigurationChanges.Use]) {
        let (waiters, observers) = state.withLock { state in
            defer { version.wrappingAdd(1, ordering: .releasing) }
            for use in body(&state) {
                state.configurations.set(use.place, to: use.value)
                state.statuses[use.place, default: Status()].uses += 1
            }
            state.configurations.keysRevision = state.changes.usedRevision
            var waiters: [EventLoopPromise<Bool>] = []
            for place in Array(state.waiters.keys) where state.configurations.availability(of: place) == .read {
                waiters += state.waiters.removeValue(forKey: place).map { Array($0.values) } ?? []
            }
            state.waiterCount -= waiters.count
            return (waiters, state.observers)
        }
        for waiter in waiters { waiter.succeed(true) }
        for observer in observers { observer() }
    }

    /// Calls a function after each change of a configuration or of a list.
    package func observe(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
