internal import GoSyntax

/// The proxies that environment variables specify, with the rules of Go's golang.org/x/net/http/httpproxy:
/// `HTTPS_PROXY` or `HTTP_PROXY`, depending on the server's scheme, and `NO_PROXY`. Each of them may also be in lower
/// case, which counts only if the one in capitals is not set.
package struct ProxyEnvironment: Sendable {
    private let environment: [String: String]

    package init(_ environment: [String: String]) { self.environment = environment }

    /// The proxy on the way to the server; nil if there is none. A variable that cannot be parsed is an error, so that
    /// no connection takes an unintended route; Go would use no proxy.
    package func proxy(for server: ServerURL) throws(ProxyVariableError) -> ProxyURL? {
        guard let proxy = variable(server.isTLS ? "HTTPS_PROXY" : "HTTP_PROXY") else { return nil }
        let exceptions = NoProxy(variable("NO_PROXY")?.value ?? "")
        guard !exceptions.contains(host: server.host, port: server.port) else { return nil }
        do {
            return try ProxyURL(parsing: proxy.value.contains("://") ? proxy.value : "http://" + proxy.value)
        } catch {
            throw ProxyVariableError(variable: proxy.name, reason: error.reason)
        }
    }

    private func variable(_ name: String) -> (name: String, value: String)? {
        for name in [name, name.lowercased()] {
            if let value = environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}

/// A variable that does not specify a proxy. The reason does not contain its value, which may include a password.
package struct ProxyVariableError: Error, Equatable {
    package let variable: String
    package let reason: String
}
