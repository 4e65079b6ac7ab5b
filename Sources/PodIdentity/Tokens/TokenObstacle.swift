internal import JSON

/// The step at which a container, according to its own environment, fails to reach the token of its identity.
package enum TokenObstacle: Equatable, Sendable {
    /// The container does not set this variable, or sets it to the empty text, which SDKs treat as unset.
    case missingVariable(String)
    /// The container sets the variable to a value of its own; nil if the value is not in the pod.
    case otherValue(of: String, String?)
    /// No volume is mounted at the file's path or above it.
    case notMounted(file: String)
    /// The container reaches the file, but only a part of its volume is mounted (`subPath`), so that the file is not
    /// renewed, and a token expires.
    case notRenewed(mountPath: String, isToken: Bool)
    /// The volume that is mounted at the file's path or above it does not contain the token there.
    case wrongVolume(WrongVolume)

    package struct WrongVolume: Equatable, Sendable {
        package enum Problem: Equatable, Sendable {
            /// The pod has no such volume.
            case missing
            /// The volume contains no service account token at this path.
            case noToken(path: String)
            /// The volume does not contain the file, which is not a token, at this path.
            case noFile(path: String)
            /// The token is for this audience.
            case otherAudience(String)
        }

        package let name: String
        package let mountPath: String
        package let problem: Problem
        /// Whether the volume is mounted at the place of the pod's injected token, and not somewhere that the container
        /// itself has chosen.
        package let isInPlaceOfToken: Bool
    }

    package var reason: Reason {
        switch self {
        case .otherValue: .ownIdentity
        case .wrongVolume(let volume): volume.reason
        case .missingVariable, .notMounted, .notRenewed: .tokenUnreachable
        }
    }
}

extension TokenObstacle: CustomStringConvertible {
    /// The maximum length of names and values from the pod in bytes; longer ones are cut.
    private static let maximumText = 80

    /// Says what is wrong, the cause first.
    package var description: String {
        switch self {
        case .missingVariable(let name): return "\(name) is not set"
        case .otherValue(let name, let value):
            guard let value else { return "\(name) comes from outside the pod and is kept" }
            return "sets \(name) to \"\(value.cut(to: Self.maximumText))\", which is kept"
        case .notRenewed(let path, let isToken):
            let file = isToken ? "the token at" : "the file at"
            return "\(file) \(path.cut(to: Self.maximumText)) is mounted with subPath, so it is never renewed"
        case .notMounted(let file): return "no volume is mounted at \(file.cut(to: Self.maximumText))"
        case .wrongVolume(let volume): return volume.description
        }
    }
}

extension TokenObstacle.WrongVolume {
    /// A volume that the container itself has chosen may contain whatever its owner puts there.
    fileprivate var reason: Reason {
        if isInPlaceOfToken { return .mountConflict }
        return problem == .missing ? .tokenUnreachable : .ownIdentity
    }
}

extension TokenObstacle.WrongVolume: CustomStringConvertible {
    package var description: String {
        let (name, path) = (name.cut(to: 63), mountPath.cut(to: 80))
        return switch problem {
        case .missing: "the volume \(name), mounted at \(path), does not exist"
        case .noToken: "another volume is mounted at \(path) instead of the token: \(name)"
        case .noFile(let file):
            "another volume is mounted at \(path), without the file \(file.cut(to: 80)): \(name)"
        case .otherAudience(let audience):
            "the token in volume \(name) at \(path) is for another audience: \"\(audience.cut(to: 80))\""
        }
    }
}
