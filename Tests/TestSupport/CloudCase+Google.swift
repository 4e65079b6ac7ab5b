package import JSON
internal import PodIdentity

extension CloudCase {
    private static let setup = "gcloud-setup"

    /// Whether the ServiceAccount of a Google case has an identity, valid or not. A ServiceAccount without one denies
    /// nothing.
    package var givesGoogleIdentity: Bool {
        let annotations = serviceAccount.map(Annotations.init) ?? Annotations()
        return ["workload-identity-provider", "service-account-email"].contains {
            annotations["cloud.google.com/\($0)"] != nil
        }
    }

    private var isDirect: Bool {
        let annotations = serviceAccount.map(Annotations.init) ?? Annotations()
        return annotations["cloud.google.com/injection-mode"]?.lowercased() == "direct"
    }

    /// How a response differs from the recorded one; nil if it does not.
    ///
    /// The recorded version's mode `direct` had no variable for gcloud, and no folder. The init container of the mode
    /// `gcloud` has a different command if values need quoting, and is at least as strict as the recorded one: its
    /// position, image, variables, mounts and resources are compared, and the recorded fields of its security context.
    package func googleDifference(_ pod: JSONTree, isDenied: Bool) -> String? {
        guard isDenied == (outcome == .denied && givesGoogleIdentity) else {
            return "\(id): is \(isDenied ? "" : "not ")denied"
        }
        var omissions = Omissions()
        if isDirect {
            omissions.variables = ["CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "CLOUDSDK_CONFIG"]
            omissions.volumes = ["gcloud-config"]
        } else {
            omissions.initContainers = [Self.setup]
        }
        let difference = difference(pod, without: omissions)
        return difference ?? (isDirect ? nil : setupDifference(pod))
    }

    private func setupDifference(_ pod: JSONTree) -> String? {
        func list(_ pod: JSONTree) -> [JSONTree] { pod[path: ["spec", "initContainers"]]?.elements ?? [] }
        let names = [list(pod), list(expected)].map { $0.map { $0["name"]?.string } }
        guard names[0] == names[1] else { return "\(id): the init containers are \(names[0])" }
        let found = [list(pod), list(expected)].map { $0.first { $0["name"]?.string == Self.setup } }
        guard let actual = found[0], let wanted = found[1] else { return nil }
        let isSame = ["image", "env", "volumeMounts", "resources"].allSatisfy { field in
            Self.plain(actual[field]).isEquivalent(to: Self.plain(wanted[field]))
        }
        let isStrict = wanted["securityContext"]?.members?.allSatisfy { member in
            actual[path: ["securityContext", member.key.value]]?.isEquivalent(to: member.value) ?? false
        }
        // Values that a shell would not read as plain text are passed to it in a different way.
        let isPlain = wanted["env"]?.elements?.allSatisfy { $0["value"]?.string?.utf8.allSatisfy(Self.isPlain) ?? true }
        let isCommandSame =
            !(isPlain ?? true) || actual["command"]?.isEquivalent(to: wanted["command"] ?? .null) ?? false
        return isSame && isCommandSame && isStrict ?? true ? nil : "\(id): \(actual.pretty)\nis not\n\(wanted.pretty)"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || "/_.:@+-".utf8.contains(byte)
    }

    /// The value without empty variables; null for an empty object.
    private static func plain(_ value: JSONTree?) -> JSONTree {
        guard let value, value != .object([:]), let elements = value.elements else {
            return value == .object([:]) ? .null : value ?? .null
        }
        return .array(elements.filter { $0["mountPath"] != nil || !($0["value"]?.string ?? "").isEmpty })
    }
}
