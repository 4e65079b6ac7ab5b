internal import JSON

/// The `Status` object (meta/v1) with which the API server says why it refused.
package struct APIStatus: Error, Equatable, Sendable {
    /// The HTTP status code.
    package var code: Int
    /// A word for programs: `NotFound`, `Expired`, `Forbidden`, …
    package var reason: String?
    package var message: String?
    /// How long the server asks the client to wait before another attempt.
    package var retryAfter: Duration?
    /// The token with which a list whose own token has expired may continue, although inconsistently.
    package var continueToken: String?
    /// Who made a request that was refused with 401: `as …`, or `without credentials`; nil for other codes.
    package var requester: String?
}

extension APIStatus {
    /// In bytes; the API server's own messages have a few hundred.
    private static let longestMessage = 1024

    /// Reads a `Status`; from any other object, only the code is used. Texts are cut, because they are logged.
    ///
    /// - Parameter code: The status of the response; nil in a watch, where the object itself contains it.
    init(_ object: JSONValue, code: Int? = nil) {
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
        if let requester { text += " (the request was made \(requester))" }
        return text
    }
}
