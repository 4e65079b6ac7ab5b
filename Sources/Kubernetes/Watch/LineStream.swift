internal import HTTPClient

/// The lines of a watch, as they arrive. The connection is closed when this value is destroyed. As long as the next
/// line is not requested, the server has to wait.
package struct LineStream: ~Copyable {
    private var body: ResponseBody
    private let server: ServerURL
    private var splitter: LineSplitter

    init(_ body: consuming ResponseBody, from server: ServerURL, limit: Int) {
        self.body = body
        self.server = server
        splitter = LineSplitter(limit: limit)
    }

    /// Returns the next line, without its end; empty lines are left out. Returns nil when the server has ended the
    /// response properly.
    ///
    /// - Throws: `KubernetesError.answerTooLarge` for a line without end, or what went wrong on the connection.
    mutating func next() async throws(KubernetesError) -> LineSplitter.Line? {
        while true {
            if let line = try splitter.next() { return line }
            guard let part = try await body.next(from: server) else {
                guard splitter.isEmpty else { throw KubernetesError(.closedEarly, from: server) }
                return nil
            }
            splitter.append(part)
        }
    }

    /// Sets how long the server may be silent, starting now.
    func setIdleTimeout(_ timeout: Duration) { body.setIdleTimeout(timeout) }
}
