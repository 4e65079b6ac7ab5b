internal import ArgumentParser

/// The serving certificate.
struct TLSOptions: ParsableArguments {
    @Option(help: "The certificate, and what else belongs to its chain: PEM, read again when it changes.")
    var tlsCert = "/etc/webhook/certs/tls.crt"

    @Option(help: "The certificate's private key: PEM, read again when it changes.")
    var tlsKey = "/etc/webhook/certs/tls.key"

    @Option(help: "Whether the webhook makes its own certificate; this version cannot.")
    var inCluster = false

    func validate() throws {
        guard !inCluster else {
            throw ValidationError(
                "--in-cluster=true is not available: give --in-cluster=false, --tls-cert and --tls-key"
            )
        }
    }
}
