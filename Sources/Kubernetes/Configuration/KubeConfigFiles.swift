internal import ServiceSupport

/// The files of a kubeconfig, found and read as by kubectl (client-go's `ClientConfigLoadingRules`).
package struct KubeConfigFiles: Equatable, Sendable {
    private enum Origin {
        /// A flag names this file.
        case flag
        /// The variable `KUBECONFIG`.
        case variable
        /// `.kube/config` in the home folder.
        case home
    }

    let paths: [String]
    private let origin: Origin

    /// One file, which must exist.
    package static func file(_ path: String) -> KubeConfigFiles { .init(paths: [path], origin: .flag) }

    /// The files in `KUBECONFIG`, of which those that do not exist are skipped; without this variable, the one in the
    /// home folder, if it exists. Nil if there is nowhere to look.
    package static func find(environment: [String: String]) -> KubeConfigFiles? {
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            let paths = list.split(separator: ":").map(String.init)
            return paths.isEmpty ? nil : .init(paths: paths.uniqued, origin: .variable)
        }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return .init(paths: ["\(home)/.kube/config"], origin: .home)
    }

    /// The contents of the files that exist, in order; nil if none does, and none has to.
    ///
    /// - Parameter isPod: Whether there is another way to a cluster. Without it, a variable that names only files that do not
    ///   exist is an error.
    func read(isPod: Bool) throws(KubernetesError) -> [(path: String, bytes: [UInt8])]? {
        var contents: [(path: String, bytes: [UInt8])] = []
        for path in paths {
            do {
                let limit = ClusterConfiguration.largestFile
                let bytes =
                    origin == .flag
                    ? try FileReader.read(path, limit: limit) : try FileReader.readIfPresent(path, limit: limit)
                if let bytes { contents.append((path, bytes)) }
            } catch {
                throw .configurationFiles("\(error)")
            }
        }
        guard contents.isEmpty else { return contents }
        guard origin != .variable || isPod else {
            throw .configurationFiles("KUBECONFIG names no file that exists: \(self)")
        }
        return nil
    }
}

extension KubeConfigFiles: CustomStringConvertible {
    package var description: String { paths.joined(separator: ", ") }
}

extension [String] {
    /// The elements without duplicates, in order of first occurrence.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
