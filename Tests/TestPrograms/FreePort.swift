import Glibc
import Synchronization

/// The ports that have been handed out in this process.
private let given = Mutex<Set<Int>>([])

/// Returns a TCP port of 127.0.0.1 without a listener. It is below the ephemeral ports (ip(7), `ip_local_port_range`),
/// so that a connection of another test cannot take it before the caller listens on it.
package func freePort() throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 10_000..<32_768)
        if given.withLock({ $0.insert(port).inserted }), isFree(port) { return port }
    }
    throw ControlPlaneError.noFreePort
}

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
