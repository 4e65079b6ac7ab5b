import Glibc
import Synchronization

/// Ports that have been given to somebody in this process.
private let given = Mutex<Set<Int>>([])

/// A TCP port of 127.0.0.1 that nobody listens on now. It is below those that the kernel gives to clients (ip(7),
/// `ip_local_port_range`): whoever asks for it listens on it later, and another test's connection may come from any of those.
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
