/// Why a list or a watch has to be repeated; the raw values are used in metrics and documentation.
package enum WatchRestart: String, CaseIterable, Sendable {
    /// The server ended the watch normally, as it does every few minutes.
    case ended
    /// The resource version, or the continue token of a list, is too old (410).
    case expired
    /// The server refused for another reason.
    case refused
    /// The connection could not be made, or it broke.
    case connection
    case timedOut = "timed_out"
    /// The answer cannot be read.
    case malformed

    init(_ error: KubernetesError) {
        switch error {
        case .refused(let status): self.init(status)
        case .connection, .cancelled: self = .connection
        case .timedOut: self = .timedOut
        case .notAnAPIServer, .malformedAnswer, .answerTooLarge, .objectTooLarge, .manifest, .configuration,
            .configurationFiles, .notInCluster:
            self = .malformed
        }
    }

    private init(_ status: APIStatus) { self = status.code == 410 ? .expired : .refused }

    /// Returns nil for an event after which the watch can go on.
    init?(_ event: WatchEvent) {
        switch event {
        case .error(let status): self.init(status)
        case .damaged: self = .malformed
        case .change, .bookmark, .initialEventsEnd, .tooLarge: return nil
        }
    }
}
