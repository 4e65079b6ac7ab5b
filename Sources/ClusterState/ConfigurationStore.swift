internal import Logging
package import NIOCore
package import PodIdentity
internal import Synchronization

/// What the configurations of the providers say now. Shared by all event loops; exchanged one by one.
package final class ConfigurationStore: Sendable {
    private struct State {
        var configurations: ProviderConfigurations
        /// Those who wait for a configuration to be read, by numbers that tell them apart.
        var waiters: [ProviderConfigurationSource.Place: [UInt64: EventLoopPromise<Bool>]] = [:]
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    /// - Parameters:
    ///   - unread: what pods should wait for until it has been read once.
    ///   - maximumWaiting: how many wait at the same time.
    package init(unread: [ProviderConfigurationSource.Place] = [], maximumWaiting: Int = 256) {
        state = Mutex(State(configurations: ProviderConfigurations(unread: unread)))
        self.maximumWaiting = maximumWaiting
    }

    package var current: ProviderConfigurations { state.withLock { $0.configurations } }

    // MARK: Waiting

    /// Waits for a configuration that has not been read yet.
    ///
    /// - Returns: whether it has been read by the deadline; completes on the event loop.
    package func read(
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

    // MARK: Reading

    /// Replaces what a configuration said by what a text says; nil and an empty text say nothing.
    ///
    /// - Throws: `ClusterStateError.configuration`; then what was said before stays.
    /// - Returns: what of the text was passed over.
    @discardableResult
    package func update(
        _ source: ProviderConfigurationSource,
        _ text: [UInt8]?
    ) throws(ClusterStateError) -> Warnings {
        guard let text, !text.isEmpty else {
            change(source.place) { $0.set(source.place, to: nil) }
            return []
        }
        // Reading takes long and happens outside of the lock.
        var read = ProviderConfigurations()
        let problems: Warnings
        do {
            problems = try read.read(text, of: source)
        } catch {
            change(source.place) { $0.keep(source.place) }
            throw .configuration(place: "\(source.place)", reason: "\(error)")
        }
        change(source.place) { $0.take(source.place, from: read) }
        return problems
    }

    private func change(_ place: ProviderConfigurationSource.Place, _ body: (inout ProviderConfigurations) -> Void) {
        let waiters = state.withLock { state in
            body(&state.configurations)
            let waiters = state.waiters.removeValue(forKey: place) ?? [:]
            state.waiterCount -= waiters.count
            return waiters.values
        }
        for waiter in waiters { waiter.succeed(true) }
    }

    /// Updates as `update(_:_:)` does, and logs what came of it.
    func update(_ source: ProviderConfigurationSource, _ text: [UInt8]?, logger: Logger) {
        let place: Logger.MetadataValue = "\(source.place)"
        do throws(ClusterStateError) {
            let problems = try update(source, text)
            for problem in problems.texts {
                logger.warning(
                    "part of a configuration cannot be used",
                    metadata: ["configuration": place, "problem": "\(problem)"]
                )
            }
            let isEmpty = text?.isEmpty ?? true
            let message: Logger.Message = isEmpty ? "the configuration is absent or empty" : "read the configuration"
            logger.info(message, metadata: ["configuration": place, "problems": "\(problems.count)"])
        } catch {
            logger.error("the previous configuration stays in use", metadata: ["error": "\(error)"])
        }
    }
}
