/// Polls until `condition` returns a value. An error that it throws counts as "not yet", and is shown if time runs out.
/// - Parameters:
///   - what: Ends the sentence "waited in vain for …".
///   - log: What to show with the last error if time runs out.
package func eventually<Value>(
    _ what: String,
    within limit: Duration = .seconds(200),
    every pause: Duration = .milliseconds(100),
    log: () -> String = { "" },
    _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    var last = "the condition did not hold"
    while true {
        do {
            if let value = try await condition() { return value }
        } catch let error as CancellationError {
            throw error
        } catch {
            last = "\(error)"
        }
        guard ContinuousClock.now < deadline else {
            throw TimedOut(description: "waited in vain for \(what); last: \(last)\n\(log())")
        }
        try await Task.sleep(for: pause)
    }
}

/// As above, for a condition that returns nothing.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(200),
    every pause: Duration = .milliseconds(100),
    log: () -> String = { "" },
    holds condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit, every: pause, log: log) { try await condition() ? () : nil }
}

/// Something did not happen in time.
package struct TimedOut: Error, CustomStringConvertible {
    package let description: String
}
