internal import ArgumentParser

/// The commands for publishing a cluster's issuer.
struct IssuerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuer",
        abstract: "Publish the issuer of a cluster's tokens, and check it.",
        discussion: """
            Clouds accept a pod's token only if they can fetch the keys of its issuer. Managed clusters publish them; \
            for other clusters these commands write the documents and check what clouds see of them.
            """,
        subcommands: [IssuerDocumentsCommand.self, IssuerThumbprintCommand.self, IssuerCheckCommand.self]
    )
}
