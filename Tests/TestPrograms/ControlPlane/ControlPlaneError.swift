/// An error while the tests use the control plane and the webhook.
package enum ControlPlaneError: Error, CustomStringConvertible {
    case assetsMissing(folder: String, program: String)
    case alreadyRunning(name: String)
    case ended(name: String, status: Int32?, log: String)
    case noFreePort
    case unexpected(String)

    package var description: String {
        switch self {
        case .assetsMissing(let folder, let program):
            """
            no \(program) in \(folder): the end-to-end tests need a control plane; `make test` provides it, \
            or set KUBEBUILDER_ASSETS to the folder that scripts/control-plane.sh prints
            """
        case .alreadyRunning(let name):
            "\(name) is running already"
        case .ended(let name, let status, let log):
            "\(name) ended with status \(status.map { "\($0)" } ?? "unknown")\n\(log)"
        case .noFreePort:
            "no free TCP port on loopback"
        case .unexpected(let what):
            what
        }
    }
}
