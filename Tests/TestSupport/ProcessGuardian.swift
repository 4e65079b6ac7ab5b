import Foundation
import Glibc
import Synchronization

/// Ends the servers that the tests started when the test process itself ends, in whatever way, and removes its folders.
///
/// A shell reads orders from a pipe whose other end only this process has; the end of the pipe is the signal to tidy up.
/// (The kernel's parent-death signal does not serve: it watches the starting thread, and pool threads come and go.)
package final class ProcessGuardian: Sendable {
    package static let shared = ProcessGuardian()

    private static let script = """
        trap '' HUP INT TERM
        newline='
        '
        processes=' '
        folders=
        while read -r order value; do
            case $order in
            watch) processes="$processes$value " ;;
            forget)
                rest=' '
                for process in $processes; do
                    [ "$process" = "$value" ] || rest="$rest$process "
                done
                processes=$rest ;;
            remove) folders="$folders$value$newline" ;;
            esac
        done
        for process in $processes; do kill -KILL "$process"; done 2>/dev/null
        printf '%s' "$folders" | while read -r folder; do
            rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
        done
        """

    private let orders: Mutex<Int32>

    private init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            orders = Mutex(-1)
            return
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", Self.script]
        shell.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        do {
            try shell.runWithSignals()
            orders = Mutex(ends[1])
        } catch {
            close(ends[1])
            orders = Mutex(-1)
        }
    }

    /// Kill this process when the tests end.
    package func watch(process: Int32) { order("watch \(process)") }

    /// The process has ended: its number may soon be another's.
    package func forget(process: Int32) { order("forget \(process)") }

    /// Remove this folder when the tests end.
    package func remove(folder: String) { order("remove \(folder)") }

    private func order(_ line: String) {
        orders.withLock { descriptor in
            guard descriptor >= 0 else { return }
            let bytes = Array("\(line)\n".utf8)
            // Shorter than PIPE_BUF, so it is written whole.
            _ = write(descriptor, bytes, bytes.count)
        }
    }
}
