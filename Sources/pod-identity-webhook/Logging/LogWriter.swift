internal import Glibc
internal import JSON
internal import NIOPosix
internal import Synchronization

/// Writes log lines to standard error on a separate thread, so that no request waits for a slow reader. The number of
/// waiting lines is limited; further ones are dropped and counted.
final class LogWriter: Sendable {
    /// The maximum size of all waiting lines in bytes.
    static let maximumWaiting = 1024 * 1024
    /// The maximum length of a line in bytes. Handlers limit the values in a line, so lines are hardly ever cut here.
    static let maximumLine = 64 * 1024

    private struct State {
        var lines: [String] = []
        /// The size of the lines that are waiting or being written.
        var bytes = 0
        var isWriting = false
        var dropped = 0
    }

    private let state = Mutex(State())
    private let descriptor: Int32
    private let thread = NIOThreadPool(numberOfThreads: 1)

    init(descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
        thread.start()
    }

    /// The number of lines that have been dropped since the start.
    var dropped: Int { state.withLock { $0.dropped } }

    /// - Parameter line: A line, including its line feed.
    func write(_ line: String) {
        let line = line.utf8.count <= Self.maximumLine ? line : line.cut(to: Self.maximumLine - 1) + "\n"
        let isFirst = state.withLock { state in
            guard state.bytes + line.utf8.count <= Self.maximumWaiting else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            state.bytes += line.utf8.count
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if isFirst { thread.submit { [self] _ in writeWaiting() } }
    }

    /// Waits until all lines have been written, or the time is up.
    func finish(within limit: Duration = .seconds(2)) async {
        let end = ContinuousClock.now + limit
        while state.withLock({ $0.isWriting }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func writeWaiting() {
        while true {
            let lines = state.withLock { state in
                defer { state.lines = [] }
                if state.lines.isEmpty { state.isWriting = false }
                return state.lines
            }
            if lines.isEmpty { return }
            for line in lines {
                let isWritten = writeAll(line)
                state.withLock { state in
                    state.bytes -= line.utf8.count
                    if !isWritten { state.dropped += 1 }
                }
            }
        }
    }

    private func writeAll(_ line: String) -> Bool {
        var line = line
        return line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno == EAGAIN {
                    // Another process has made the descriptor non-blocking.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
