internal import Logging
package import NIOCore
package import PodIdentity
internal import Synchronization

/// The current configurations of the providers, which are replaced one by one. All event loops share it.
package final class ConfigurationStore: Sendable {
    private struct State {
        var configurations: ProviderConfigurations
        /// Those who wait for a configuration to be read, each under a number of its own.
        var waiters: [ProviderConfigurationSource.Place: [UInt64: EventLoopPromise<Bool>]] = [:]
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    /// - Parameters:
    ///   - unread: the configurations that pods wait for until they have been read once.
    ///   - maximumWaiting: how many pods may wait at the same time.
    package init(unread: [ProviderConfigurationSource.Place] = [], maximumWaiting: Int = 256) {
        state = Mutex(State(configurations: ProviderConfigurations(unread: unread)))
        self.maximumWaiting = maximumWaiting
    }

    package var current: ProviderConfigurations { state.withLock { $0.configurations } }

    // MARK: Waiting

    /// Waits until a configuration has been read.
    ///
    /// - Returns: a future on the event loop that tells whether the configuration was read before the deadline.
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

    // MARK: Reading

    /// Replaces a configuration with the content of a text. Nil and an empty text leave none.
    ///
    /// - Returns: what was skipped in the text.
    /// - Throws: `ClusterStateError.configuration`; then the previous configuration stays.
    @discardableResult
    package func update(_ source: ProviderConfigurationSource, _ text: [UInt8]?) throws(ClusterStateError) -> Warnings {
        guard let text, !text.isEmpty else {
            change(source.place) { $0.set(source.place, to: nil) }
            return []
        }
        // Reading takes long, so it happens outside the lock.
        var problems: Warnings = []
        let value: any ProviderConfiguration
        do {
            value = try source.type.init(parsing: text, problems: &problems)
        } catch {
            change(source.place) { $0.markAsRead(source.place) }
            throw .configuration(place: "\(source.place)", reason: "\(error)")
        }
        change(source.place) { $0.set(source.place, to: value) }
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

    /// Does the same as `update(_:_:)`, and logs the result.
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
