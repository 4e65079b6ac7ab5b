/// All steps run in one thread.
nonisolated(unsafe) private var runs = 0

/// callgrind counts what happens between the entry to this function, which it finds by name, and the return from it.
/// Its body must differ from that of every other function, because the linker merges identical functions.
@inline(never)
func counted(_ work: () throws -> Void) throws {
    try work()
    runs += 1
}
