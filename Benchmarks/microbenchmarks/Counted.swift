/// Steps run in one thread.
nonisolated(unsafe) private var runs = 0

/// callgrind counts what happens between the entry to this function and the return from it, by its name. Its body is like no
/// other function's, with which the linker might replace it.
@inline(never)
func counted(_ work: () throws -> Void) throws {
    try work()
    runs += 1
}
