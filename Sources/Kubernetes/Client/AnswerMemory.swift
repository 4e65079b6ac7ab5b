internal import Synchronization

/// The memory that all answers of a client have together. Small ones are not counted: their number is bounded by that of
/// the connections.
final class AnswerMemory: Sendable {
    /// In bytes.
    static let smallAnswer = 64 * 1024

    /// Part of the memory, given back when nobody holds this any more.
    final class Lease: Sendable {
        private let memory: AnswerMemory
        private let size = Mutex(0)

        fileprivate init(_ memory: AnswerMemory) { self.memory = memory }

        /// Whether there is room for so many bytes in place of those it had.
        func grow(to bytes: Int) -> Bool {
            size.withLock { size in
                guard bytes > size else { return true }
                guard memory.take(bytes - size) else { return false }
                size = bytes
                return true
            }
        }

        deinit { memory.giveBack(size.withLock { $0 }) }
    }

    let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func lease() -> Lease { Lease(self) }

    var used: Int { taken.withLock { $0 } }

    private func take(_ bytes: Int) -> Bool {
        taken.withLock { taken in
            guard taken + bytes <= limit else { return false }
            taken += bytes
            return true
        }
    }

    private func giveBack(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
