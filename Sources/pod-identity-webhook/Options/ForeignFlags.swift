internal import GoSyntax

/// The flags of other webhooks, as far as their names are free here, so that their command lines can be reused.
enum ForeignFlags {
    /// This program's flags that do the same.
    static let renamed: [String: String] = [
        // Azure's webhook
        "audience": "azure-audience",
        "custom-token-endpoint-annotation-suffix": "azure-custom-token-endpoint-annotation-suffix",
        "custom-token-endpoint-audience": "azure-custom-token-endpoint-audience",
    ]

    /// The flags that are booleans and have an equivalent with a different form.
    static let booleans: Set<String> = ["disable-cert-rotation"]

    /// The flags that have no effect here. The health paths are on both ports, and metrics are in Prometheus' format.
    static let withoutEffect: Set<String> = ["health-addr", "metrics-backend"]

    /// This program's flags, with their values, that do the same as another webhook's flag; nil if it is not one of
    /// theirs.
    static func translate(_ name: String, _ value: String) throws(PFlagSyntax.Failure) -> [(
        name: String, value: String
    )]? {
        if let own = renamed[name] { return [(own, value)] }
        switch name {
        case "webhook-cert-dir": return [("tls-cert", "\(value)/tls.crt"), ("tls-key", "\(value)/tls.key")]
        case "disable-cert-rotation": return [("in-cluster", value == "true" ? "false" : "true")]
        case "metrics-addr": return [("metrics-port", try port(of: value, name))]
        case "log-level": return [("v", try verbosity(value, name))]
        default: return nil
        }
    }

    /// The port of an address such as `:8095`; metrics are served on all addresses.
    private static func port(of address: String, _ name: String) throws(PFlagSyntax.Failure) -> String {
        let port = address.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard address.contains(":"), let number = GoSyntax.parseInt(port), (0...65535).contains(number) else {
            throw PFlagSyntax.Failure(description: "--\(name) must be an address such as :8095, not \"\(address)\"")
        }
        return "\(number)"
    }

    private static func verbosity(_ level: String, _ name: String) throws(PFlagSyntax.Failure) -> String {
        switch level {
        case "", "warning", "info": return "0"
        case "debug": return "2"
        case "trace", "all": return "4"
        default:
            throw PFlagSyntax.Failure(description: "--\(name) must be info, debug, trace or all, not \"\(level)\"")
        }
    }
}
