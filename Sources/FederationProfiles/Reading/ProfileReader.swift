internal import JSON
internal import ProviderSupport
internal import YAML

/// Reads one document into a profile. All settings are filled in, and all problems are collected.
struct ProfileReader {
    /// The parts of a volume that holes can refer to.
    struct VolumeOutline {
        var name: String
        var paths: Set<String>
    }

    static let fields = [
        "profile", "prefix", "onInvalid", "onMissingServiceAccount", "settings", "parameters", "use", "containers",
        "volumes", "environment", "metadata", "overriding", "identity", "tests",
    ]
    static let builtIns = ["namespace", "serviceAccount", "profile"]

    var findings = Findings()
    var profile: Profile
    /// All settings, those of the document and those of the installation.
    var settings: [String: String] = [:]
    /// The indices of parameters.
    var parameterIndexes: [String: Int] = [:]
    var outlines: [VolumeOutline] = []
    /// Terms of conditions, whose values are checked when all parameters are known.
    var terms: [(term: Condition.Term, node: ProfileNode)] = []

    /// The number of values in the file that is being read.
    var fileValues = 0

    /// - Parameter installed: The settings of the installation.
    /// - Returns: A profile, which is useful only if there are no findings.
    static func read(_ tree: JSONTree, installed: [String: String]) -> (profile: Profile, findings: Findings) {
        let root = ProfileNode(tree: tree)
        var reader = ProfileReader(profile: Profile(name: "", prefix: ""))
        if let kind = tree["kind"]?.string, tree["apiVersion"] != nil, tree["profile"] == nil {
            reader.findings.add("this is a manifest of kind \(kind.cut(to: 64)), not a profile", at: root)
            return (reader.profile, reader.findings)
        }
        let fields = root.fields(fields, &reader.findings)
        reader.readSettings(fields, installed)
        reader.readNames(fields)
        reader.outlineParameters(fields)
        reader.outlineVolumes(fields)
        reader.readParameters(fields)
        reader.readUse(fields)
        reader.readContainers(fields)
        reader.readVolumes(fields)
        reader.readEnvironment(fields)
        reader.readMetadata(fields)
        reader.readIdentity(fields)
        reader.checkTerms()
        reader.checkWhole(root)
        return (reader.profile, reader.findings)
    }

    private mutating func readNames(_ fields: ProfileNode.Fields) {
        var (name, prefix) = ("", "")
        if let node = fields.required("profile", &findings), let text = node.text(&findings) {
            name = text
            if !Names.isProfile(text) {
                findings.add(
                    "must be 1 to 30 lower-case letters, digits and hyphens, no hyphen first or last",
                    at: node
                )
            }
        }
        if let node = fields.required("prefix", &findings), let template = template(node, .settings) {
            let text = template.constant ?? ""
            prefix = text
            if !Names.isSubdomain(text) {
                findings.add("must be a DNS name such as identity.example.com, without a slash", at: node)
            } else if Names.isKubernetes(text) {
                findings.add("must not be in kubernetes.io or k8s.io, which are Kubernetes'", at: node)
            }
        }
        profile = Profile(name: name, prefix: prefix)
        if let word = fields["onInvalid"]?.word(OnInvalid.self, &findings) { profile.onInvalid = word }
        if let word = fields["onMissingServiceAccount"]?.word(OnMissingServiceAccount.self, &findings) {
            profile.onMissingServiceAccount = word
        }
    }

    private mutating func readSettings(_ fields: ProfileNode.Fields, _ installed: [String: String]) {
        for (name, node) in fields["settings"]?.entries(&findings, atMost: 64) ?? [] {
            checkIdentifier(name, at: node)
            settings[name] = node.text(&findings, atMost: ProfileSettings.maximumBytes) ?? ""
        }
        for (name, value) in installed.sorted(by: { $0.key < $1.key }) {
            if settings[name] == nil {
                let advice = Spelling.suggestion(for: name, among: Array(settings.keys)).map { "; did you mean \($0)?" }
                let rest = advice ?? "; known are \(settings.keys.sorted().joined(separator: ", "))"
                findings.add("there is no setting \"\(name.cut(to: 64))\"\(rest)", at: [.key("settings")])
            }
            settings[name] = value
        }
    }

    mutating func checkIdentifier(_ name: String, at node: ProfileNode) {
        if Self.builtIns.contains(name) {
            findings.add("\"\(name)\" is built in; choose another name", at: node)
        } else if !Names.isIdentifier(name) {
            findings.add("the name must be a letter followed by letters and digits, 63 at most", at: node)
        }
    }
}
