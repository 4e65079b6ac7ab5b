/// Ends the servers that the tests started when the test process itself ends, in whatever way, and removes its folders.
///
/// A shell reads orders from a pipe whose other end only this process has; the end of the pipe is the signal to tidy up.
/// (The kernel's parent-death signal does not serve: it watches the starting thread, and pool threads come and go.)
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

    /// nil if it could not be started: then the servers may outlive the tests, which is no reason not to test.
    private let shell = try? Command("/bin/sh", ["-c", script]).start()

    private init() {}

    /// Kill this process when the tests end.
    package func watch(process: Int32) { order("watch \(process)") }

    /// The process has ended: its number may soon be another's.
    package func forget(process: Int32) { order("forget \(process)") }

    /// Remove this folder when the tests end.
    package func remove(folder: String) { order("remove \(folder)") }

    private func order(_ line: String) { shell?.write("\(line)\n") }
}
