/// The lines of a watch, as they come. The connection is closed when the stream goes; while nobody asks for a line, the
/// server has to wait.
package struct LineStream: ~Copyable {
    private var parts: BodyParts
    private var splitter: LineSplitter

    init(_ parts: consuming BodyParts, limit: Int) {
        self.parts = parts
        splitter = LineSplitter(limit: limit)
    }

    /// The next line, without its end; empty lines are left out. Nil when the server has ended the answer in order.
    ///
    /// - Throws: `KubernetesError.connection` when the connection was cut, `.timedOut` when the server fell silent,
    ///   `.answerTooLarge` for a line without end, `.cancelled`.
    mutating func next() async throws(KubernetesError) -> LineSplitter.Line? {
        while true {
            if let line = try splitter.next() { return line }
            guard let part = try await parts.next() else {
                guard splitter.isEmpty else { throw parts.cut() }
                return nil
            }
            splitter.append(part)
        }
    }

    /// From now on the server may be silent for so long.
    func setIdleTimeout(_ timeout: Duration) { parts.setIdleTimeout(timeout) }
}
