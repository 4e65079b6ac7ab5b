/// Ends the servers that the tests started when the test process ends for any reason, and removes its folders.
///
/// A shell reads commands from a pipe whose other end only this process has, and cleans up when the pipe is closed.
/// (The kernel's parent-death signal is not suitable: it watches the thread that starts the process, and pool threads
/// come and go.)
package final class ProcessGuardian: Sendable {
    package static let shared = ProcessGuardian()

    private static let script = """
        exec >/dev/null 2>&1
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
        for process in $processes; do kill -KILL "$process"; done
        printf '%s' "$folders" | while read -r folder; do
            rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
        done
        """

    /// Nil if the shell cannot be started. The servers may then outlive the tests, which is no reason not to test.
    private let shell = try? Command("/bin/sh", ["-c", script]).start()

    private init() {}

    /// Kills this process when the tests end.
    package func watch(process: Int32) { order("watch \(process)") }

    /// Forgets a process that has ended, because its ID may soon be in use again.
    package func forget(process: Int32) { order("forget \(process)") }

    /// Removes this folder when the tests end.
    package func remove(folder: String) { order("remove \(folder)") }

    private func order(_ line: String) { shell?.write("\(line)\n") }
}
