package import PodIdentity
internal import Synchronization

/// The version of the API server, once it is known. Every request needs it, so it is read without a lock.
package final class KnownServerVersion: Sendable {
    /// The major version in the upper half; 0 if it is not known.
    private let version: Atomic<UInt64>

    /// - Parameter version: Nil if the API server must be asked.
    package init(_ version: ServerVersion? = nil) { self.version = Atomic(Self.packed(version)) }

    package var current: ServerVersion? {
        let packed = version.load(ordering: .relaxed)
        return packed == 0 ? nil : ServerVersion(Int(packed >> 32), Int(packed & 0xffff_ffff))
    }

    /// - Returns: Whether the version differs from the previous one.
    func update(_ new: ServerVersion) -> Bool {
        let packed = Self.packed(new)
        return version.exchange(packed, ordering: .relaxed) != packed
    }

    private static func packed(_ version: ServerVersion?) -> UInt64 {
        version.map {
            UInt64(UInt32(truncatingIfNeeded: $0.major)) << 32 | UInt64(UInt32(truncatingIfNeeded: $0.minor))
        }
            ?? 0
    }
}
