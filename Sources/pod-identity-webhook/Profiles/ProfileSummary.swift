internal import FederationProfiles
internal import JSON

/// A summary of what a profile reads and provides, and what it needs from the installation.
struct ProfileSummary {
    struct Part {
        let name: String
        let title: String
        let items: [String]
    }

    let profile: String
    let prefix: String
    let parts: [Part]

    init(_ profile: Profile) {
        self.profile = profile.name
        prefix = profile.prefix
        let podLabels = profile.requiredPodLabels.map { "\($0.key)=\($0.value)" }
        var rights = ["get, list and watch serviceaccounts"]
        if profile.needsNamespace { rights.append("get, list and watch namespaces") }
        var registration = ["all pods"]
        if !podLabels.isEmpty { registration = ["pods with the labels \(podLabels.joined(separator: ", "))"] }
        if let label = profile.skipLabel { registration.append("pods with the label \(label) may be left out") }
        parts = [
            Part(
                name: "serviceAccountAnnotations",
                title: "reads of ServiceAccounts",
                items: profile.serviceAccountAnnotations
            ),
            Part(name: "podAnnotations", title: "reads of pods", items: profile.podAnnotations),
            Part(name: "podLabels", title: "reads labels of pods", items: profile.podLabels),
            Part(name: "namespaceLabels", title: "reads labels of Namespaces", items: profile.namespaceLabels),
            Part(name: "variables", title: "sets variables", items: profile.variables),
            Part(name: "volumes", title: "adds volumes", items: profile.volumeNames),
            Part(name: "mounts", title: "mounts them at", items: profile.mounts),
            Part(name: "fileAnnotations", title: "keeps files in annotations of pods", items: profile.fileAnnotations),
            Part(name: "rights", title: "needs the rights", items: rights),
            Part(name: "registration", title: "must be asked about", items: registration),
        ]
    }

    var text: String {
        var lines = ["\(profile) (\(prefix))"]
        for part in parts where !part.items.isEmpty {
            lines.append("  \(part.title):")
            lines += part.items.map { "    \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ summaries: [ProfileSummary]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.key("profiles")
            root.array { list in
                for summary in summaries {
                    list.object { object in
                        object.member(escaping: "profile", summary.profile)
                        object.member(escaping: "prefix", summary.prefix)
                        for part in summary.parts {
                            object.key(escaping: part.name)
                            object.array { items in for item in part.items { items.string(item) } }
                        }
                    }
                }
            }
        }
        return writer.bytes + Array("\n".utf8)
    }
}
