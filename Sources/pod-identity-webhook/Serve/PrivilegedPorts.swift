internal import CLinuxCapabilities
internal import Glibc
internal import HTTPServer

/// Ports below 1024, such as the default of `--port`.
enum PrivilegedPorts {
    /// Lets this process listen on privileged ports if its file has the capability, as in the image, and the container
    /// does not drop it. This must come before any other thread starts, because each thread has its own capabilities.
    /// (A file with an effective capability could not be executed in containers that drop it.)
    static func allowIfPermitted() { linux_raise_permitted_capability(UInt32(CAP_NET_BIND_SERVICE)) }

    /// Explains what to do if an error means that listening on such a port is not permitted.
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
