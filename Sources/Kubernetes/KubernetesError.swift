/// What goes wrong on the way to the Kubernetes API. Every case says what was wrong, where, and what to do about it.
package enum KubernetesError: Error, Equatable, CustomStringConvertible {
    /// A manifest cannot be read; lines count from 1, 0 stands for the file as a whole.
    case manifest(file: String, line: Int, reason: String)

    package var description: String {
        switch self {
        case .manifest(let file, 0, let reason): "\(file): \(reason)"
        case .manifest(let file, let line, let reason): "\(file):\(line): \(reason)"
        }
    }
}
