internal import AWSTrust
internal import ArgumentParser
internal import Diagnosis
internal import ServiceSupport

/// The flags for comparing roles with their trust policies in `doctor`.
struct DoctorTrustOptions: ParsableArguments {
    @Option(
        help: .path(
            "A trust policy, or the JSON output of aws iam get-role, list-roles or get-account-authorization-details; - for standard input; can be repeated."
        )
    )
    var trustPolicies: [String] = []

    @Option(help: .url("The issuer of the cluster's tokens, https://…; by default what the API server says."))
    var issuer: String?

    /// - Throws: `ValidationError` if a file contains none of these. Errors from reading files are passed on.
    func apply(to options: inout Doctor.Options) throws {
        options.issuer = try issuer.map { try TrustedIssuer($0) }
        guard !trustPolicies.isEmpty else { return }
        var files = TrustPolicyFiles()
        for path in trustPolicies {
            let isInput = path == "-"
            let limit = TrustPolicyFiles.maximumFile
            let text = try isInput ? FileReader.readStandardInput() : FileReader.read(path, limit: limit)
            guard text.count <= limit else { throw FileError(path: "standard input", problem: .tooLarge(limit: limit)) }
            do {
                try files.add(text)
            } catch {
                throw ValidationError("\(isInput ? "standard input" : path): \(error)")
            }
        }
        options.trustPolicies = files
    }

    func validate() throws {
        guard trustPolicies.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("--trust-policies - reads standard input, which is possible only once")
        }
        do {
            _ = try issuer.map { try TrustedIssuer($0) }
        } catch {
            throw ValidationError("--issuer: \(error)")
        }
    }
}
