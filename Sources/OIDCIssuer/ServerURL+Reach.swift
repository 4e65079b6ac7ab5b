package import HTTPClient

extension ServerURL {
    /// Whether no cloud can reach the host, because it is a name that only a cluster's own DNS resolves, as in
    /// kubeadm's default issuer, or an address in a private network (RFC 1918, RFC 3927, RFC 4193, RFC 4291).
    package var isInternal: Bool {
        let host = self.host.lowercased()
        let isService = host.hasSuffix(".svc") || host.contains(".svc.") || host.hasSuffix(".cluster.local")
        return isService || ["kubernetes", "kubernetes.default", "localhost"].contains(host) || Self.isPrivate(host)
    }

    private static func isPrivate(_ host: String) -> Bool {
        if host.contains(":") { return ["fc", "fd", "fe8", "fe9", "fea", "feb"].contains { host.hasPrefix($0) } }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, let first = octets[0], let second = octets[1], octets[2] != nil, octets[3] != nil
        else {
            return false
        }
        switch (first, second) {
        case (10, _), (172, 16...31), (192, 168), (169, 254): return true
        default: return false
        }
    }
}
