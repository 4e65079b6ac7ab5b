/// Why a server cannot serve. The text is for the operator.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// The server cannot listen on the port.
    case listen(port: Int, reason: String)

    package var description: String {
        switch self {
        case .listen(let port, let reason): "cannot listen on port \(port): \(reason)"
        }
    }
}
