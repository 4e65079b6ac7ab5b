internal import Logging
package import NIOCore
package import PodIdentity
internal import Synchronization

/// What the documents of the providers say now. Shared by all event loops; exchanged document by document.
package final class DocumentStore: Sendable {
    private struct State {
        var documents: Documents
        /// Those who wait for a document to be read, by numbers that tell them apart.
        var waiters: [Document.Place: [UInt64: EventLoopPromise<Bool>]] = [:]
        var waiterCount = 0
        var lastWaiter: UInt64 = 0
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    /// - Parameters:
    ///   - unread: what pods should wait for until it has been read once.
    ///   - maximumWaiting: how many wait at the same time.
    package init(unread: [Document.Place] = [], maximumWaiting: Int = 256) {
        state = Mutex(State(documents: Documents(unread: unread)))
        self.maximumWaiting = maximumWaiting
    }

    package var current: Documents { state.withLock { $0.documents } }

    // MARK: Waiting

    /// Waits for a document that has not been read yet.
    ///
    /// - Returns: whether it has been read by the deadline; completes on the event loop.
    package func read(
        _ place: Document.Place,
        until deadline: NIODeadline,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<Bool> {
        let promise = eventLoop.makePromise(of: Bool.self)
        let number: UInt64? = state.withLock { state in
            guard state.documents.availability(of: place) == .unread, state.waiterCount < maximumWaiting else {
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

    private func remove(_ number: UInt64, at place: Document.Place) -> EventLoopPromise<Bool>? {
        state.withLock { state in
            guard let promise = state.waiters[place]?.removeValue(forKey: number) else { return nil }
            state.waiterCount -= 1
            return promise
        }
    }

    // MARK: Reading

    /// Puts a text in place of what the document said; nil and an empty text say nothing.
    ///
    /// - Throws: `ClusterStateError.document`; then what was said before stays.
    /// - Returns: what of the text was passed over.
    @discardableResult
    package func update(_ document: Document, _ text: [UInt8]?) throws(ClusterStateError) -> Warnings {
        guard let text, !text.isEmpty else {
            change(document.place) { $0.set(document.place, to: nil) }
            return []
        }
        let content: Document.Content
        do {
            content = try document.read(text)
        } catch {
            change(document.place) { $0.keep(document.place) }
            throw .document(place: "\(document.place)", reason: "\(error)")
        }
        change(document.place) { $0.set(document.place, to: content.value) }
        return content.problems
    }

    private func change(_ place: Document.Place, _ body: (inout Documents) -> Void) {
        let waiters = state.withLock { state in
            body(&state.documents)
            let waiters = state.waiters.removeValue(forKey: place) ?? [:]
            state.waiterCount -= waiters.count
            return waiters.values
        }
        for waiter in waiters { waiter.succeed(true) }
    }

    /// As above, told in the log.
    func update(_ document: Document, _ text: [UInt8]?, logger: Logger) {
        let place: Logger.MetadataValue = "\(document.place)"
        do throws(ClusterStateError) {
            let problems = try update(document, text)
            for problem in problems.texts {
                logger.warning(
                    "part of a document cannot be used",
                    metadata: ["document": place, "problem": "\(problem)"]
                )
            }
            let isEmpty = text?.isEmpty ?? true
            let message: Logger.Message = isEmpty ? "the document is absent or empty" : "read the document"
            logger.info(message, metadata: ["document": place, "problems": "\(problems.count)"])
        } catch {
            logger.error("what a document said before stays in use", metadata: ["error": "\(error)"])
        }
    }
}
