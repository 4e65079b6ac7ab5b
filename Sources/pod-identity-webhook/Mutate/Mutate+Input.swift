internal import ArgumentParser
internal import Diagnosis
internal import Glibc
internal import Kubernetes
internal import ServiceSupport

extension Mutate {
    /// A file that people take for one of manifests, and what to type instead.
    private struct UnusableFile: Error, CustomStringConvertible {
        let description: String
    }

    /// What standard input is called in messages.
    static let input = "standard input"

    func read(_ file: String) throws -> (name: String, bytes: [UInt8]) {
        guard file != "-" else { return (Self.input, try FileReader.readStandardInput()) }
        do throws(FileError) {
            return (file, try FileReader.read(file))
        } catch {
            guard error.problem == .system(EISDIR) else { throw error }
            throw UnusableFile(description: "\(error); pass its files one by one")
        }
    }

    /// What is read from a text of manifests.
    ///
    /// - Throws: What `read` throws, or for a kubeconfig what to type instead.
    static func reading<Result>(
        _ bytes: [UInt8],
        _ name: String,
        _ read: ([UInt8], String) throws -> Result
    ) throws -> Result {
        do {
            return try read(bytes, name)
        } catch {
            let documents = try? Manifests.parse(bytes, file: name, as: .kubeConfig)
            guard documents?.contains(where: \.isKubeConfig) ?? false else { throw error }
            let program = KubectlPlugin.root(of: CommandLine.arguments.first)._commandName
            throw UnusableFile(
                description: "\(name) is a kubeconfig, not a manifest; mutate needs no cluster. To check a cluster: "
                    + "\(program) doctor --kubeconfig \(name == input ? "FILE" : name.shellWord)"
            )
        }
    }
}
