import Foundation
import TestPrograms
import TestSupport

/// The environment of a container without the container: its variables, and its mounts below a temporary root.
struct ContainerEnvironment {
    let root: TemporaryDirectory
    private(set) var variables: [String: String]

    /// - Parameter fileVariable: The variable with the path of the token's file, which is placed below the root.
    init(_ container: APIObject, fileVariable: String, token: String) throws {
        root = try TemporaryDirectory()
        variables = [:]
        for variable in container["env"].elements {
            guard let name = variable["name"].string else { continue }
            variables[name] = variable["value"].string ?? ""
        }
        guard let path = variables[fileVariable] else {
            throw ControlPlaneError.unexpected("the container has no \(fileVariable): \(container)")
        }
        let file = root.path + path
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(token.utf8).write(to: URL(fileURLWithPath: file))
        variables[fileVariable] = file
    }

    /// Runs the AWS CLI with only the container's variables and what a process needs to run at all, without the
    /// credentials of the user who runs the tests.
    /// - Parameter sts: The URL of the STS to use.
    /// - Returns: Its output as JSON.
    func aws(_ arguments: [String], sts: String) async throws -> APIObject {
        try APIObject(json: await command(["aws", "--output", "json"] + arguments, sts: sts).runText())
    }

    /// Prepares any other command in the same way.
    func command(_ words: [String], sts: String) -> Command {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let surroundings = [
            "PATH=\(path)", "HOME=\(root.path)", "AWS_ENDPOINT_URL_STS=\(sts)",
            "AWS_EC2_METADATA_DISABLED=true",
        ]
        return Command("env", ["-i"] + surroundings + variables.map { "\($0.key)=\($0.value)" } + words)
    }
}
