internal import Logging
package import PodIdentity
internal import Synchronization

/// What the documents of the providers say now. Shared by all event loops; exchanged document by document.
package final class DocumentStore: Sendable {
    private let state = Mutex(Documents())

    package init() {}

    package var current: Documents { state.withLock { $0 } }

    /// Puts a text in place of what the document said; nil and an empty text say nothing.
    ///
    /// - Throws: `WebhookError.document`; then nothing has changed.
    /// - Returns: what of the text was passed over.
    @discardableResult
    package func update(_ document: Document, _ text: [UInt8]?) throws(WebhookError) -> [String] {
        guard let text, !text.isEmpty else {
            state.withLock { $0.remove(document.place) }
            return []
        }
        let content: Document.Content
        do {
            content = try document.read(text)
        } catch {
            throw .document(place: "\(document.place)", reason: "\(error)")
        }
        state.withLock { $0.set(document.place, to: content.value) }
        return content.problems
    }

    /// As above, told in the log.
    func update(_ document: Document, _ text: [UInt8]?, logger: Logger) {
        let place: Logger.MetadataValue = "\(document.place)"
        do throws(WebhookError) {
            let problems = try update(document, text)
            for problem in problems.prefix(Self.loggedProblems) {
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

    /// Of one reading; a text that is wrong throughout must not flood the log.
    private static let loggedProblems = 20
}
