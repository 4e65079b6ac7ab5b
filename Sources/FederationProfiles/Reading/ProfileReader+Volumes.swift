internal import JSON
internal import YAML

extension ProfileReader {
    private static let maximumVolumes = 16

    /// Finds the volumes and their files, so that holes anywhere can refer to them.
    mutating func outlineVolumes(_ fields: ProfileNode.Fields) {
        // Problems are found later, when the volumes are read.
        let before = findings
        defer { findings = before }
        for node in fields["volumes"]?.list(&findings, atMost: Self.maximumVolumes) ?? [] {
            var outline = VolumeOutline(name: node.member("name").flatMap { constant($0) } ?? "", paths: [])
            for source in node.member("sources")?.list(&findings) ?? [] {
                for kind in ["token", "file", "clusterTrustBundle"] {
                    if let path = source.member(kind)?.member("path").flatMap({ constant($0) }) {
                        outline.paths.insert(path)
                    }
                }
                for (_, path) in source.member("configMap")?.member("items")?.entries(&findings) ?? [] {
                    if let path = constant(path) { outline.paths.insert(path) }
                }
            }
            outlines.append(outline)
        }
    }

    mutating func readVolumes(_ fields: ProfileNode.Fields) {
        for node in fields["volumes"]?.list(&findings, atMost: Self.maximumVolumes) ?? [] {
            profile.volumes.append(volume(node))
        }
    }

    private mutating func volume(_ node: ProfileNode) -> VolumeRules {
        let fields = node.fields(
            [
                "name", "nameSuffix", "mount", "mountFile", "mode", "replace", "sources", "empty", "writable", "when",
                "unless",
            ],
            &findings
        )
        var volume = VolumeRules(name: "", mount: "")
        readName(fields, of: &volume)
        if let node = fields.required("mount", &findings), let template = template(node, .settings) {
            if let path = template.constant {
                volume.mount = path
                if let problem = MountPath.problem(in: path) { findings.add(problem, at: node) }
            } else {
                volume.condition.isNever = true
            }
        }
        if let node = fields["mode"] { volume.mode = mode(node) }
        volume.replaces = fields.flag("replace", &findings)
        volume.isWritable = fields.flag("writable", &findings)
        let isNever = volume.condition.isNever
        volume.condition = condition(fields)
        volume.condition.isNever = volume.condition.isNever || isNever
        readContent(fields, of: &volume)
        return volume
    }

    private mutating func readName(_ fields: ProfileNode.Fields, of volume: inout VolumeRules) {
        guard let node = fields.required("name", &findings) else { return }
        volume.name = constant(node) ?? ""
        if let suffix = fields["nameSuffix"], let text = suffix.text(&findings) {
            if text != "podHash" { findings.add("must be podHash, the only suffix", at: suffix) }
            if !volume.name.hasSuffix("-") { findings.add("must end in a hyphen, which its suffix follows", at: node) }
            volume.hasPodHash = true
        }
        let whole = volume.hasPodHash ? volume.name + String(repeating: "0", count: PodHash.count) : volume.name
        if volume.name.hasPrefix("kube-api-access-") {
            findings.add("must not begin with kube-api-access-, as Kubernetes' own volumes do", at: node)
        }
        guard !Names.isLabel(whole) else { return }
        findings.add("the name must be 1 to 63 lower-case letters, digits and hyphens, with its suffix", at: node)
    }

    /// Reads a mode in octal digits. It is a text, because octal numbers differ between versions of YAML.
    private mutating func mode(_ node: ProfileNode) -> Int? {
        guard node.tree.string != nil else {
            findings.add("must be a text of octal digits in quotes, such as \"0440\"", at: node)
            return nil
        }
        guard let text = constant(node) else { return nil }
        let digits = text.hasPrefix("0") ? text.dropFirst() : text[...]
        guard digits.utf8.count == 3, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "7") ~= $0 }),
            let mode = Int(digits, radix: 8)
        else {
            findings.add("must be octal digits up to 0777, such as \"0440\"", at: node)
            return nil
        }
        return mode
    }

    private mutating func readContent(_ fields: ProfileNode.Fields, of volume: inout VolumeRules) {
        let isEmpty = fields.flag("empty", &findings)
        guard !isEmpty else {
            for name in ["sources", "mode", "mountFile"] {
                if let node = fields[name] { findings.add("an empty volume has no \(name)", at: node) }
            }
            return
        }
        if volume.isWritable, let node = fields["writable"] {
            findings.add("only an empty volume can be writable", at: node)
        }
        guard let node = fields["sources"] else {
            findings.add("the volume needs sources, or empty: true", at: fields.node)
            return
        }
        volume.sources = node.list(&findings, atMost: 16).compactMap { source($0) }
        if volume.sources.isEmpty { findings.add("must have a source", at: node) }
        checkPaths(of: volume, at: node)
        guard let fileNode = fields["mountFile"] else { return }
        volume.mountFile = template(fileNode, .values)
        if volume.sources.flatMap(\.source.paths).count != 1 {
            findings.add("only a volume with one file can be mounted by the path of its file", at: fileNode)
        }
    }

    /// Two sources that can exist at the same time must not have the same path, and the path of neither may be a folder
    /// in that of the other.
    private mutating func checkPaths(of volume: VolumeRules, at node: ProfileNode) {
        var seen: [(path: String, isConditional: Bool)] = []
        for source in volume.sources {
            for path in source.source.paths {
                let isConditional = !source.condition.isAlways
                for other in seen where !(isConditional && other.isConditional) {
                    guard MountPath.overlaps("/" + path, "/" + other.path) else { continue }
                    findings.add("the files \(other.path) and \(path) conflict", at: node)
                }
                seen.append((path, isConditional))
            }
        }
    }
}

extension ProfileNode {
    /// The value of a field without any check; nil if this is not an object.
    func member(_ name: String) -> ProfileNode? {
        tree[name].map { ProfileNode(tree: $0, path: path + [.key(name)]) }
    }
}
