internal import CLinuxCapabilities
internal import Glibc
internal import HTTPServer

/// Ports below 1024, of which the default of `--port` is one.
enum PrivilegedPorts {
    /// Lets this process listen on them if its file has the capability, as the image's has, and the container does not take
    /// it away. This must come before any other thread, because each has capabilities of its own. (A file whose capability
    /// is effective by itself could not be started in containers that drop it.)
    static func allowIfPermitted() { linux_raise_permitted_capability(UInt32(CAP_NET_BIND_SERVICE)) }

    /// Says what to do if an error is that such a port may not be listened on.
    static func explaining(_ error: any Error) -> any Error {
        guard case .listen(let port, let reason) = error as? HTTPServerError, port < 1024,
            reason == String(cString: strerror(EACCES))
        else { return error }
        let remedy =
            "use --port=8443 (and targetPort 8443 in the Service), or allow ports below 1024 with the capability "
            + "NET_BIND_SERVICE or the pod's sysctl net.ipv4.ip_unprivileged_port_start=0"
        return HTTPServerError.listen(port: port, reason: "\(reason); \(remedy)")
    }
}
