internal import JSON

extension ProfileReader {
    private static let kinds = ["token", "file", "configMap", "clusterTrustBundle"]

    mutating func source(_ node: ProfileNode) -> VolumeRules.ConditionalSource? {
        let fields = node.fields(Self.kinds + ["when", "unless"], &findings)
        let found = Self.kinds.compactMap { kind in fields[kind].map { (kind, $0) } }
        guard found.count == 1, let (kind, content) = found.first else {
            findings.add("must be one of \(Self.kinds.joined(separator: ", "))", at: node)
            return nil
        }
        let source: VolumeRules.Source? =
            switch kind {
            case "token": token(content)
            case "file": file(content)
            case "configMap": configMap(content)
            default: clusterTrustBundle(content)
            }
        let condition = condition(fields)
        return source.map { VolumeRules.ConditionalSource(source: $0, condition: condition) }
    }

    private mutating func path(_ fields: ProfileNode.Fields) -> String? {
        fields.required("path", &findings).flatMap { filePath($0) }
    }

    private mutating func filePath(_ node: ProfileNode) -> String? {
        guard let path = constant(node) else {
            if findings.isEmpty { findings.add("must not depend on an empty setting", at: node) }
            return nil
        }
        if let problem = MountPath.problem(inFile: path) { findings.add(problem, at: node) }
        return path
    }

    private mutating func token(_ node: ProfileNode) -> VolumeRules.Source? {
        let fields = node.fields(["path", "audience", "expiration"], &findings)
        let path = path(fields)
        // A token without an audience would be for the API server itself.
        let audience = fields.required("audience", &findings).flatMap { template($0, .values) }
        var expiration = VolumeRules.Expiration.seconds(3600)
        if let node = fields["expiration"] { expiration = self.expiration(node) }
        guard let path, let audience else { return nil }
        return .token(path: path, audience: audience, expiration: expiration)
    }

    private mutating func expiration(_ node: ProfileNode) -> VolumeRules.Expiration {
        let standard = VolumeRules.Expiration.seconds(3600)
        if node.tree.string == nil {
            guard let seconds = node.integer(&findings) else { return standard }
            return checked(seconds, at: node)
        }
        guard let template = template(node, .values) else { return standard }
        if template.isLeftOut { return standard }
        if let text = template.constant {
            guard let seconds = Int64(text) else {
                findings.add("must be a whole number of seconds", at: node)
                return standard
            }
            return checked(seconds, at: node)
        }
        guard case .parameter(let index)? = template.segments.first, template.segments.count == 1,
            profile.parameters[index].kind == .seconds
        else {
            findings.add("must be a number of seconds, or a parameter of the type seconds", at: node)
            return standard
        }
        checkBounds(index, at: node)
        return .parameter(index)
    }

    private mutating func checked(_ seconds: Int64, at node: ProfileNode) -> VolumeRules.Expiration {
        if !(600...(1 << 32) ~= seconds) { findings.add("must be 600 to 4294967296 seconds", at: node) }
        return .seconds(seconds)
    }

    /// Kubernetes accepts 600 to 4294967296 seconds for tokens, so such a parameter must have at least these bounds.
    private mutating func checkBounds(_ index: Int, at node: ProfileNode) {
        let parameter = profile.parameters[index]
        if parameter.minimum == 1 {
            profile.parameters[index].minimum = min(600, parameter.maximum)
        }
        if profile.parameters[index].minimum < 600 {
            findings.add(
                "the parameter \(parameter.name) needs a min of 600 or more, which Kubernetes demands",
                at: node
            )
        }
        guard let text = parameter.fallback?.constant, let seconds = Int64(text) else {
            findings.add(
                "the parameter \(parameter.name) needs a default, so that the token always has a lifetime",
                at: node
            )
            return
        }
        if seconds < 600 { findings.add("the default of \(parameter.name) must be 600 seconds or more", at: node) }
    }

    private mutating func file(_ node: ProfileNode) -> VolumeRules.Source? {
        let formats = FileContent.Format.allCases
        let fields = node.fields(["path", "annotation"] + formats.map(\.rawValue), &findings)
        let path = path(fields)
        let found = formats.compactMap { format in fields[format.rawValue].map { (format, $0) } }
        guard found.count == 1, let (format, root) = found.first else {
            findings.add("must have one of \(formats.map(\.rawValue).joined(separator: ", "))", at: node)
            return nil
        }
        let content = content(root, format)
        guard let path else { return nil }
        let annotation: String?
        if let node = fields["annotation"] {
            annotation = key(node)
            if let annotation { requireOwn(annotation, at: node) }
            if annotation == nil, findings.isEmpty { findings.add("must not depend on an empty setting", at: node) }
        } else {
            let name = String(path.map { $0 == "/" ? "." : $0 })
            annotation = key("\(profile.name).\(name)", at: node)
        }
        return annotation.map { .file(path: path, annotation: $0, content) }
    }

    private mutating func configMap(_ node: ProfileNode) -> VolumeRules.Source? {
        let fields = node.fields(["name", "items", "optional"], &findings)
        let name = fields.required("name", &findings).flatMap { template($0, .values) }
        var items: [VolumeRules.KeyPath] = []
        for (key, node) in fields.required("items", &findings)?.entries(&findings, atMost: 16) ?? [] {
            if !Names.isConfigMapKey(key) {
                findings.add("\"\(key.cut(to: 64))\" is not a key of a ConfigMap", at: node)
            }
            if let path = filePath(node) { items.append(VolumeRules.KeyPath(key: key, path: path)) }
        }
        let isOptional = fields["optional"]?.flag(&findings)
        return name.map { .configMap(name: $0, items: items, isOptional: isOptional) }
    }

    private mutating func clusterTrustBundle(_ node: ProfileNode) -> VolumeRules.Source? {
        let fields = node.fields(["signerName", "matchLabels", "path", "optional"], &findings)
        let signer = fields.required("signerName", &findings).flatMap { template($0, .values) }
        guard let path = path(fields), let signer else { return nil }
        var bundle = VolumeRules.TrustBundle(signerName: signer, path: path)
        bundle.isOptional = fields["optional"]?.flag(&findings)
        for (key, node) in fields["matchLabels"]?.entries(&findings, atMost: 16) ?? [] {
            if !Names.isQualifiedName(key) {
                findings.add("\"\(key.cut(to: 64))\" is not the name of a label", at: node)
            }
            if let value = template(node, .values) { bundle.matchLabels.append(.init(key: key, value: value)) }
        }
        return .clusterTrustBundle(bundle)
    }
}
