import Foundation
import Glibc

extension Process {
    /// Starts the program with no signal blocked. A child inherits the mask of the thread that starts it, and the
    /// threads that run tasks block nearly everything, SIGTERM included.
    func runWithSignals() throws {
        var none = sigset_t()
        var previous = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        try run()
    }
}
