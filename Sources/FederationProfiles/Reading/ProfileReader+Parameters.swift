internal import JSON
internal import ProviderSupport

extension ProfileReader {
    private static let sourceFields = [
        "annotation", "setting", "from", "shape", "in", "choices", "ignoreCase", "map", "else",
    ]
    private static let parameterFields =
        sourceFields + ["type", "default", "min", "max", "onRange", "onInvalid", "when", "unless"]
    private static let maximumParameters = 64
    private static let maximumAlternatives = 8

    /// Assigns each parameter its index, so that holes can refer to parameters that come later.
    mutating func outlineParameters(_ fields: ProfileNode.Fields) {
        for (name, node) in fields["parameters"]?.entries(&findings, atMost: Self.maximumParameters) ?? [] {
            checkIdentifier(name, at: node)
            parameterIndexes[name] = parameterIndexes.count
            var parameter = Parameter(name: name)
            parameter.onInvalid = profile.onInvalid
            profile.parameters.append(parameter)
        }
    }

    mutating func readParameters(_ fields: ProfileNode.Fields) {
        // Problems with the mapping itself were found with the outline.
        var ignored = Findings()
        let entries = fields["parameters"]?.entries(&ignored, atMost: Self.maximumParameters) ?? []
        for (name, node) in entries {
            guard let index = parameterIndexes[name] else { continue }
            readParameter(index, node)
        }
        for (name, node) in entries {
            guard let index = parameterIndexes[name], dependsOnItself(index) else { continue }
            findings.add("the parameter depends on itself", at: node)
        }
    }

    private mutating func readParameter(_ index: Int, _ node: ProfileNode) {
        let fields = node.fields(Self.parameterFields, &findings)
        var parameter = profile.parameters[index]
        if let kind = fields["type"]?.word(Parameter.Kind.self, &findings) { parameter.kind = kind }
        if let word = fields["onInvalid"]?.word(OnInvalid.self, &findings) { parameter.onInvalid = word }
        if let word = fields["onRange"]?.word(Parameter.OnRange.self, &findings) { parameter.onRange = word }
        parameter.condition = condition(fields)
        readRange(fields, of: &parameter)
        readSources(fields, of: &parameter, depth: 0)
        if let node = fields["default"] { readDefault(node, of: &parameter) }
        if fields["default"] == nil,
            ["annotation", "setting", "from"].allSatisfy({ fields[$0] == nil })
        {
            findings.add(
                "nothing says where the value comes from: give an annotation, setting, from or default",
                at: node
            )
        }
        profile.parameters[index] = parameter
    }

    private mutating func readRange(_ fields: ProfileNode.Fields, of parameter: inout Parameter) {
        for name in ["min", "max", "onRange"] where parameter.kind != .seconds {
            if let node = fields[name] { findings.add("only a parameter of the type seconds has a range", at: node) }
        }
        if let node = fields["min"], let value = node.integer(&findings) { parameter.minimum = value }
        if let node = fields["max"], let value = node.integer(&findings) { parameter.maximum = value }
        guard parameter.minimum < 1 || parameter.maximum > 1 << 32 || parameter.minimum > parameter.maximum else {
            return
        }
        findings.add(
            "min and max must be 1 to 4294967296, min not above max",
            at: fields["min"] ?? fields["max"] ?? fields.node
        )
        (parameter.minimum, parameter.maximum) = (1, 1 << 32)
    }

    private mutating func readDefault(_ node: ProfileNode, of parameter: inout Parameter) {
        if parameter.kind == .seconds, node.tree.string == nil {
            // A value that is wrong is not reported as missing too.
            let value = node.integer(&findings) ?? max(parameter.minimum, min(3600, parameter.maximum))
            parameter.fallback = Template(String(value))
        } else if parameter.kind == .flag, node.tree.string == nil {
            guard let value = node.flag(&findings) else { return }
            parameter.fallback = Template(String(value))
        } else {
            parameter.fallback = template(node, .values)
        }
        guard let text = parameter.fallback?.constant, !text.isEmpty else { return }
        switch parameter.kind {
        case .seconds:
            guard let seconds = Int64(text), parameter.minimum...parameter.maximum ~= seconds else {
                findings.add("must be \(parameter.minimum) to \(parameter.maximum) seconds", at: node)
                return
            }
        case .flag where parameter.sources.allSatisfy({ $0.map == nil }):
            if text != "true", text != "false" { findings.add("must be true or false", at: node) }
        case .text:
            guard let source = parameter.sources.first, source.map == nil else { return }
            if !source.choices.isEmpty, !source.choices.contains(text) {
                findings.add("must be one of the choices \(source.choices.joined(separator: ", "))", at: node)
            }
        default: break
        }
    }

    // MARK: Sources

    private mutating func readSources(_ fields: ProfileNode.Fields, of parameter: inout Parameter, depth: Int) {
        var source = Parameter.Source(origin: .constant(""))
        if let node = fields["shape"], let text = node.text(&findings) {
            do {
                source.shape = try Shape(parsing: text)
            } catch {
                findings.add("\(error.reason)", at: node)
            }
        }
        for node in fields["choices"]?.list(&findings) ?? [] {
            if let text = node.text(&findings) { source.choices.append(text) }
        }
        source.ignoresCase = fields.flag("ignoreCase", &findings)
        readMap(fields, of: &source, parameter)
        let places = places(fields) ?? [.serviceAccount]
        if fields["in"] != nil, fields["annotation"] == nil {
            findings.add("only an annotation is in an object", at: fields["in"] ?? fields.node)
        }
        if let node = fields["annotation"], let key = key(node) {
            source.origin = .annotation(key: key, places)
            parameter.sources.append(source)
        }
        if let node = fields["setting"], let name = node.text(&findings) {
            readSetting(name, source, &parameter, at: node)
        }
        if let node = fields["from"], let name = node.text(&findings) { readOrigin(name, source, &parameter, at: node) }
        guard let node = fields["else"] else { return }
        guard depth < Self.maximumAlternatives else {
            findings.add("at most \(Self.maximumAlternatives) alternatives are allowed", at: node)
            return
        }
        let alternative = node.fields(Self.sourceFields, &findings)
        if ["annotation", "setting", "from"].allSatisfy({ alternative[$0] == nil }) {
            findings.add("nothing says where the value comes from: give an annotation, setting or from", at: node)
        }
        readSources(alternative, of: &parameter, depth: depth + 1)
    }

    private mutating func readMap(
        _ fields: ProfileNode.Fields,
        of source: inout Parameter.Source,
        _ parameter: Parameter
    ) {
        guard let node = fields["map"] else { return }
        var map: [String: Template] = [:]
        let possible = source.choices.isEmpty ? (parameter.kind == .flag ? ["true", "false"] : nil) : source.choices
        for (key, node) in node.entries(&findings, atMost: 64) {
            if let possible, !possible.contains(key) {
                findings.add(
                    "the value is never \"\(key.cut(to: 64))\", only \(possible.joined(separator: ", "))",
                    at: node
                )
            }
            map[key] = template(node, .values)
        }
        source.map = map
    }

    mutating func places(_ fields: ProfileNode.Fields) -> [Parameter.Place]? {
        guard let node = fields["in"] else { return nil }
        let places = node.listOrOne(&findings).compactMap { $0.word(Parameter.Place.self, &findings) }
        if places.isEmpty { findings.add("must name pod or serviceAccount", at: node) }
        return places
    }

    private mutating func readSetting(
        _ name: String,
        _ source: Parameter.Source,
        _ parameter: inout Parameter,
        at node: ProfileNode
    ) {
        guard let text = settings[name] else {
            let advice =
                Spelling.suggestion(for: name, among: settings.keys.sorted()).map { "; did you mean \($0)?" } ?? ""
            findings.add("there is no setting \"\(name.cut(to: 64))\"\(advice)", at: node)
            return
        }
        var source = source
        source.origin = .constant(text)
        switch text.isEmpty ? .value(text) : parameter.read(text, from: source) {
        case .value, .clamped: parameter.sources.append(source)
        case .invalid(let reason), .outOfRange(let reason):
            findings.add("the setting \(name): \(reason)", at: node)
        }
    }

    private mutating func readOrigin(
        _ name: String,
        _ source: Parameter.Source,
        _ parameter: inout Parameter,
        at node: ProfileNode
    ) {
        guard let index = parameterIndexes[name] else {
            let known = parameterIndexes.keys.sorted()
            let advice = Spelling.suggestion(for: name, among: known).map { "; did you mean \($0)?" } ?? ""
            findings.add("there is no parameter \"\(name.cut(to: 64))\"\(advice)", at: node)
            return
        }
        if source.shape == nil, source.map == nil {
            findings.add("needs a shape that says which part of \(name) is meant, or a map", at: node)
        }
        var source = source
        source.origin = .parameter(index)
        parameter.sources.append(source)
    }

    /// Whether a parameter needs its own value to have one.
    private func dependsOnItself(_ start: Int) -> Bool {
        var seen: Set<Int> = []
        var open = profile.parameters[start].dependencies
        while let index = open.popLast() {
            if index == start { return true }
            if seen.insert(index).inserted { open += profile.parameters[index].dependencies }
        }
        return false
    }
}
