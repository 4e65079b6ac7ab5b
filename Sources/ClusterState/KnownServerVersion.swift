package import PodIdentity
internal import Synchronization

/// The version of the API server, once it is known.
package final class KnownServerVersion: Sendable {
    private let version: Mutex<ServerVersion?>

    /// - Parameter version: nil if the API server has to be asked.
    package init(_ version: ServerVersion? = nil) { self.version = Mutex(version) }

    package var current: ServerVersion? { version.withLock { $0 } }

    /// - Returns: whether the version is another one than before.
    func update(_ new: ServerVersion) -> Bool {
        version.withLock { version in
            defer { version = new }
            return version != new
        }
    }
}
