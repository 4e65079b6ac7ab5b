internal import Glibc

/// The program's behaviour under the name `sleep`, which the image has for the `preStop` of the chart's containers:
/// images without a shell have no `sleep` of their own, and Kubernetes before 1.30 has no action for it.
enum Sleep {
    static func isName(of program: String?) -> Bool { program?.split(separator: "/").last == "sleep" }

    /// Waits, and ends the process.
    /// - Parameter argument: The duration in seconds, as for sleep(1); at most a day.
    static func run(_ argument: String?) -> Never {
        guard let seconds = seconds(argument) else {
            StandardError.write("sleep: pass the seconds to wait, 0 to 86400\n")
            exit(1)
        }
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(seconds.truncatingRemainder(dividingBy: 1) * 1e9))
        var rest = timespec()
        while nanosleep(&time, &rest) != 0 && errno == EINTR { time = rest }
        exit(0)
    }

    static func seconds(_ argument: String?) -> Double? {
        guard let seconds = argument.flatMap(Double.init), (0...86400).contains(seconds) else { return nil }
        return seconds
    }
}
