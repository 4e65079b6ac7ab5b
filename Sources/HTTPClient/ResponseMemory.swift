internal import Synchronization

/// The memory that the bodies of all responses of a client share. Small ones do not count: they are limited by the
/// number of connections.
final class ResponseMemory: Sendable {
    /// The maximum size in bytes of a body that does not count.
    static let smallBody = 64 * 1024

    /// A part of the memory, which is released with the last reference to the lease.
    final class Lease: Sendable {
        private let memory: ResponseMemory
        private let size = Mutex(0)

        init(_ memory: ResponseMemory) { self.memory = memory }

        /// Returns whether there is room for this many bytes instead of those that the lease had.
        func grow(to bytes: Int) -> Bool {
            size.withLock { size in
                guard bytes > size else { return true }
                guard memory.reserve(bytes - size) else { return false }
                size = bytes
                return true
            }
        }

        deinit { memory.release(size.withLock { $0 }) }
    }

    /// In bytes.
    let limit: Int
    private let reserved = Mutex(0)

    init(limit: Int) { self.limit = limit }

    private func reserve(_ bytes: Int) -> Bool {
        reserved.withLock { reserved in
            guard reserved + bytes <= limit else { return false }
            reserved += bytes
            return true
        }
    }

    private func release(_ bytes: Int) { reserved.withLock { $0 -= bytes } }
}
