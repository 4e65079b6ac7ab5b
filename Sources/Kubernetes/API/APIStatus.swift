package import JSON

/// The `Status` object (meta/v1) with which the API server says why it refused.
package struct APIStatus: Error, Equatable, Sendable {
    /// The HTTP status code.
    package var code: Int
    /// A word for programs: `NotFound`, `Expired`, `Forbidden`, …
    package var reason: String?
    package var message: String?
    /// What the server asks to wait before another attempt.
    package var retryAfter: Duration?
    /// A list that came with an expired continue token may go on with this one, though not consistently.
    package var continueToken: String?

    /// In bytes; the API server's own messages have a few hundred.
    private static let longestMessage = 1024

    package init(
        code: Int,
        reason: String? = nil,
        message: String? = nil,
        retryAfter: Duration? = nil,
        continueToken: String? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
        self.continueToken = continueToken
    }

    /// Reads a `Status`; other objects give a status that has no more than the code.
    ///
    /// - Parameter code: The status of the response; nil in a watch, where the object itself says it.
    ///   Texts are cut: they go into logs.
    package init(_ object: JSONValue, code: Int? = nil) {
        let isStatus = object["kind"]?.string == "Status"
        let said = isStatus ? object["code"]?.int.flatMap { Int(exactly: $0) } : nil
        self.init(code: code ?? said ?? 500)
        guard isStatus else { return }
        reason = object["reason"]?.text?.string(cutTo: 128)
        message = object["message"]?.text?.string(cutTo: Self.longestMessage)
        retryAfter = object["details"]?["retryAfterSeconds"]?.int.flatMap { $0 > 0 ? .seconds($0) : nil }
        continueToken = (try? ListMeta(object))?.continueToken
    }
}

extension APIStatus: CustomStringConvertible {
    package var description: String {
        var text = "\(code)"
        if let reason, !reason.isEmpty { text += " \(reason)" }
        if let message, !message.isEmpty { text += ": \(message)" }
        return text
    }
}
