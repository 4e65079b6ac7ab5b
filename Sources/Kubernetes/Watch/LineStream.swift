/// The lines of a watch, as they come. The connection is closed when this value goes away; while nobody asks for the next
/// line, the server has to wait.
package struct LineStream: ~Copyable {
    private var body: APIResponseBody
    private var splitter: LineSplitter

    init(_ body: consuming APIResponseBody, limit: Int) {
        self.body = body
        splitter = LineSplitter(limit: limit)
    }

    /// Returns the next line, without its end; empty lines are left out. Returns nil when the server has ended the response
    /// in order.
    ///
    /// - Throws: `KubernetesError.connection` when the connection broke, `.timedOut` when the server fell silent,
    ///   `.answerTooLarge` for a line without end, `.cancelled`.
    mutating func next() async throws(KubernetesError) -> LineSplitter.Line? {
        while true {
            if let line = try splitter.next() { return line }
            guard let part = try await body.next() else {
                guard splitter.isEmpty else { throw body.closedEarly }
                return nil
            }
            splitter.append(part)
        }
    }

    /// Sets how long the server may send nothing from now on.
    func setIdleTimeout(_ timeout: Duration) { body.setIdleTimeout(timeout) }
}
