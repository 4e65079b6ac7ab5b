internal import ArgumentParser
internal import JSON
internal import Logging

extension IdentityOptions {
    /// Warns the operator about flags without effect, because they belong to clouds that are not enabled.
    ///
    /// - Parameter arguments: The command line in the form for the argument parser.
    func logUnusedFlags(_ arguments: [String], to logger: Logger) throws {
        let given = FlagValues(arguments)
        for (cloud, names) in try unusedFlags(given) {
            let others = try meant(by: names)
            logger.warning(
                "flags have no effect, because --providers does not name their cloud",
                metadata: [
                    "provider": "\(cloud.rawValue)", "flags": .array(names.map { "--\($0)" }),
                    "instead": .array(others.map { "\($0)" }),
                ]
            )
        }
    }

    /// The flags of clouds that are not enabled. Those with their default value are left out.
    func unusedFlags(_ given: FlagValues) throws -> [(cloud: Cloud, names: [String])] {
        let clouds = try clouds
        return Cloud.allCases.filter { !clouds.contains($0) }.compactMap { cloud in
            let defaults = Self.defaults(of: cloud)
            let names = given.names.filter { name in defaults[name].map { given[name] != $0 } ?? false }
            return names.isEmpty ? nil : (cloud, names)
        }
    }

    /// Google's flags that other webhooks have under these names.
    private func meant(by names: [String]) throws -> [String] {
        guard try clouds.contains(.google) else { return [] }
        let known = GoogleOptions.flagDefaults
        return names.map { "google-\($0)" }.filter { known[$0] != nil }.map { "--\($0)" }
    }

    private static func defaults(of cloud: Cloud) -> [String: String] {
        switch cloud {
        case .aws:
            [AWSOptions.flagDefaults, TokenOptions.flagDefaults, EKSPodIdentityOptions.flagDefaults].reduce(into: [:]) {
                $0.merge($1) { first, _ in first }
            }
        case .google: GoogleOptions.flagDefaults
        case .azure: AzureOptions.flagDefaults
        }
    }
}

extension ParsableArguments {
    /// The names and the defaults of the flags.
    static var flagDefaults: [String: String] {
        // The argument parser's output can always be parsed; otherwise no flag would be known, which a test would show.
        let help = try? JSONTree(parsing: _dumpHelp().utf8)
        let arguments = help?[path: ["command", "arguments"]]?.elements ?? []
        return arguments.reduce(into: [:]) { defaults, argument in
            let names = argument["names"]?.elements?.filter { $0["kind"]?.string == "long" } ?? []
            guard argument["kind"]?.string == "option", let name = names.first?["name"]?.string else { return }
            defaults[name] = argument["defaultValue"]?.string ?? ""
        }
    }
}
