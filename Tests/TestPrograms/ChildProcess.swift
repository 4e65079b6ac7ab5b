import Foundation
import Glibc
import Synchronization

/// A process with its standard streams on pipes. It has three threads of its own that wait for it, so that event loops
/// and Swift's threads are not blocked.
final class ChildProcess: Sendable {
    let identifier: pid_t
    private let input: Int32
    private let inputQueue = DispatchQueue(label: "child.input")
    /// The exit status, or 128 plus the signal's number; nil until the process is reaped.
    private let status = Mutex<Int32?>(nil)

    init(
        path: String,
        arguments: [String],
        environment: [String: String],
        output: @escaping @Sendable (Data) -> Void,
        error: @escaping @Sendable (Data) -> Void,
        exited: @escaping @Sendable (Int32) -> Void
    ) throws {
        _ = ignoreBrokenPipes
        let variables = environment.map { "\($0)=\($1)" }
        let started = try oneAtATime.withLock { _ in try Self.start(path, [path] + arguments, variables) }
        identifier = started.identifier
        input = started.input
        Self.read(started.output, output)
        Self.read(started.error, error)
        Thread.detachNewThread { exited(self.reap()) }
    }

    deinit { Glibc.close(input) }

    var isRunning: Bool { status.withLock { $0 == nil } }

    /// Does nothing after the process has ended, because its ID may be in use again.
    func send(signal: Int32) {
        status.withLock { status in
            if status == nil { kill(identifier, signal) }
        }
    }

    /// Returns immediately; the bytes are written in the order of the calls.
    func write(_ bytes: [UInt8]) {
        inputQueue.async { [self] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func closeInput() {
        inputQueue.async { [self] in
            // Keeps the descriptor in use, so that a later write does not reach another file.
            let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
            dup2(nothing, input)
            Glibc.close(nothing)
        }
    }

    private struct Started {
        let identifier: pid_t
        let input: Int32
        let output: Int32
        let error: Int32
    }

    private static func start(_ path: String, _ arguments: [String], _ variables: [String]) throws -> Started {
        let input = try FilePipe()
        let output = try FilePipe()
        let error = try FilePipe()
        defer { for end in [input.readEnd, output.writeEnd, error.writeEnd] { Glibc.close(end) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.readEnd, 0)
        posix_spawn_file_actions_adddup2(&actions, output.writeEnd, 1)
        posix_spawn_file_actions_adddup2(&actions, error.writeEnd, 2)
        try closeTheRest(&actions)
        let identifier = try spawn(path, arguments, variables, &actions)
        return Started(identifier: identifier, input: input.writeEnd, output: output.readEnd, error: error.readEnd)
    }

    /// Prevents the child from inheriting the sockets of servers in this process: a socket that is open elsewhere too
    /// is not closed for its peer. glibc has had the function since 2.34, but Swift's view of glibc does not include
    /// it.
    private static func closeTheRest(_ actions: inout posix_spawn_file_actions_t) throws {
        typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        let name = "posix_spawn_file_actions_addclosefrom_np"
        guard let symbol = dlsym(nil, name) else { throw CommandError.notStarted(name, reason: "glibc is too old") }
        // Its declaration in <spawn.h>.
        _ = unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3)
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ variables: [String],
        _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        let argumentPointers = arguments.map { strdup($0) } + [nil]
        let variablePointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var identifier: pid_t = 0
        let result = posix_spawn(&identifier, path, &actions, &attributes, argumentPointers, variablePointers)
        guard result == 0 else { throw CommandError.notStarted(path, reason: String(cString: strerror(result))) }
        return identifier
    }

    /// Passes on each chunk, and an empty one at the end of the stream.
    private static func read(_ descriptor: Int32, _ receive: @escaping @Sendable (Data) -> Void) {
        Thread.detachNewThread {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                receive(Data(chunk.prefix(max(count, 0))))
                guard count > 0 else { break }
            }
            Glibc.close(descriptor)
        }
    }

    private func reap() -> Int32 {
        var information = siginfo_t()
        while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return status.withLock { status in
            var word: Int32 = 0
            waitpid(identifier, &word, 0)
            let signal = word & 0x7f
            let result = signal == 0 ? (word >> 8) & 0xff : 128 + signal
            status = result
            return result
        }
    }
}

/// Prevents a program that ends before it has read its input from ending the tests.
private let ignoreBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

/// A child that starts between `pipe` and `fcntl` would keep another child's pipe open.
private let oneAtATime = Mutex(())

private struct FilePipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw CommandError.notStarted("pipe", reason: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }
}
