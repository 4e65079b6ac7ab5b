internal import Glibc

/// Runs a program to its end and collects its output. It blocks the thread, so it must not run on an event loop.
struct ChildProcess {
    struct Output {
        /// The status that `waitpid` returned.
        let status: Int32
        let standardOutput: [UInt8]
        let standardError: [UInt8]
    }

    enum Failure: Error {
        case notStarted(reason: String)
        /// The program took too long and was killed.
        case timedOut(standardError: [UInt8])
        /// The program wrote too much and was killed.
        case tooMuchOutput
    }

    /// The path of the program; `PATH` is not searched.
    let path: String
    let arguments: [String]
    /// The whole environment of the program, each variable as `NAME=value`.
    let environment: [String]
    /// Whether the program inherits our standard input, and its standard error is shown as it arrives.
    let isInteractive: Bool
    /// The maximum number of bytes that the program may write to each of its streams.
    var outputLimit = 1024 * 1024

    func run(limit: Duration) throws(Failure) -> Output {
        let output = try Pipe()
        let error = try Pipe()
        let identifier = try start(output: output.writeEnd, error: error.writeEnd)
        output.closeWriteEnd()
        error.closeWriteEnd()
        var collector = Collector(streams: [output.readEnd, error.readEnd], showsErrors: isInteractive)
        let end = collector.collect(limit: outputLimit, until: .now + limit)
        switch end {
        case .complete: break
        case .timedOut:
            kill(identifier)
            throw .timedOut(standardError: collector.bytes[1])
        case .tooMuch:
            kill(identifier)
            throw .tooMuchOutput
        }
        guard let status = wait(for: identifier, until: .now + limit) else {
            kill(identifier)
            throw .timedOut(standardError: collector.bytes[1])
        }
        return Output(status: status, standardOutput: collector.bytes[0], standardError: collector.bytes[1])
    }

    // MARK: Start and end

    private func start(output: Int32, error: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if !isInteractive { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // In its own process group, it can be killed together with its children, but could not read from the terminal.
        let group = isInteractive ? 0 : POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group))

        let argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
        let variablePointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
        var identifier: pid_t = 0
        let result = posix_spawn(&identifier, path, &actions, &attributes, argumentPointers, variablePointers)
        guard result == 0 else { throw .notStarted(reason: String(cString: strerror(result))) }
        return identifier
    }

    private func kill(_ identifier: pid_t) {
        _ = Glibc.kill(isInteractive ? identifier : -identifier, SIGKILL)
        _ = wait(for: identifier, until: nil)
    }

    /// Waits for the program, which may end long after it has closed its streams. Nil if it has not ended in time.
    private func wait(for identifier: pid_t, until deadline: ContinuousClock.Instant?) -> Int32? {
        var status: Int32 = 0
        while true {
            let result = waitpid(identifier, &status, deadline == nil ? 0 : WNOHANG)
            if result == identifier { return status }
            if result < 0, errno != EINTR { return status }
            if let deadline, deadline < .now { return nil }
            if result == 0 { usleep(2000) }
        }
    }

    private final class Pipe {
        let readEnd: Int32
        private(set) var writeEnd: Int32

        init() throws(Failure) {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw .notStarted(reason: String(cString: strerror(errno))) }
            // Glibc's pipe2 is not visible to Swift. Between the two calls no other program can inherit the
            // descriptors: credential plugins run one after the other, and nothing else here starts programs.
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            (readEnd, writeEnd) = (ends[0], ends[1])
        }

        func closeWriteEnd() {
            close(writeEnd)
            writeEnd = -1
        }

        deinit {
            close(readEnd)
            if writeEnd >= 0 { close(writeEnd) }
        }
    }

    // MARK: Output

    private struct Collector {
        enum End { case complete, timedOut, tooMuch }

        private var polled: [pollfd]
        private(set) var bytes: [[UInt8]]
        private let showsErrors: Bool

        init(streams: [Int32], showsErrors: Bool) {
            polled = streams.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            bytes = streams.map { _ in [] }
            self.showsErrors = showsErrors
        }

        mutating func collect(limit: Int, until deadline: ContinuousClock.Instant) -> End {
            while polled.contains(where: { $0.fd >= 0 }) {
                let remaining = ContinuousClock.now.duration(to: deadline)
                guard remaining > .zero else { return .timedOut }
                let milliseconds = Int32(clamping: remaining.components.seconds * 1000 + 100)
                guard poll(&polled, nfds_t(polled.count), min(milliseconds, 1000)) > 0 else { continue }
                for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                    read(index)
                    if bytes[index].count > limit { return .tooMuch }
                }
            }
            return .complete
        }

        private mutating func read(_ index: Int) {
            let chunk = [UInt8](unsafeUninitializedCapacity: 16 * 1024) { buffer, count in
                count = max(0, Glibc.read(polled[index].fd, buffer.baseAddress, buffer.count))
            }
            // `poll` ignores a negative descriptor.
            if chunk.isEmpty { polled[index].fd = -1 }
            bytes[index] += chunk
            if index == 1, showsErrors { _ = chunk.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) } }
        }
    }
}
