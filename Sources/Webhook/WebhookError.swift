/// What keeps the webhook from starting, or `mutate` from doing its work. The text is for the operator: what, where, and
/// what to do.
package enum WebhookError: Error, Equatable, CustomStringConvertible {
    /// A file that cannot be read.
    case file(path: String, reason: String)
    /// A certificate, a key, or the pair they should make.
    case certificate(reason: String)
    /// A document that providers decide by and that cannot be used.
    case document(place: String, reason: String)
    /// A manifest that does not say what it should.
    case manifest(String)
    /// A port that cannot be listened on.
    case listen(port: Int, reason: String)

    package var description: String {
        switch self {
        case .file(let path, let reason): "cannot read \(path): \(reason)"
        case .certificate(let reason): "the serving certificate cannot be used: \(reason)"
        case .document(let place, let reason): "\(place) cannot be used: \(reason)"
        case .manifest(let reason): reason
        case .listen(let port, let reason): "cannot listen on port \(port): \(reason)"
        }
    }
}
