internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import OIDCIssuer

struct IssuerThumbprintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thumbprint",
        abstract: "Print the --thumbprint-list for aws iam create-open-id-connect-provider.",
        discussion: """
            It is the SHA-1 digest of the last certificate that the server of the issuer's keys presents. AWS uses it only \
            if it does not trust the CA of the server's certificate.

            Example:
              pod-identity-webhook issuer thumbprint https://oidc.example.com

            Exit status:
              0   success
              1   the issuer or its server cannot be used
              64  usage error
            """
    )

    @Argument(help: .url("The issuer, https://…"))
    var url: String

    func run() async throws {
        let issuer = try IssuerURL(parsing: url)
        let environment = ProcessInfo.processInfo.environment
        let outbound = try OutboundHTTP(environment: environment, on: NIOSingletons.posixEventLoopGroup)
        let thumbprint = try await IssuerThumbprint.fetch(issuer, outbound)
        for note in thumbprint.notes { StandardError.write("note: \(note)\n") }
        try StandardOutput.write(Array("\(thumbprint.text)\n".utf8))
    }
}
