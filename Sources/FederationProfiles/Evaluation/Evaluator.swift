internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// One evaluation of a profile. The values of parameters are determined when they are first needed.
struct Evaluator {
    let profile: Profile
    let inputs: ProfileInputs
    /// The ServiceAccount's annotations, empty while it is not known.
    var serviceAccount = Annotations()
    private(set) var warnings: Warnings = []
    /// What is not valid, in the order in which it was found, with the consequences.
    private(set) var faults: [(consequence: OnInvalid, reason: String)] = []
    private var values: [String?]
    /// The number of bytes of a file's texts so far.
    var fileBytes = 0

    /// Stands for an invalid value: an identity is wanted, but cannot be given.
    private static let invalid = "?"

    init(_ profile: Profile, _ inputs: ProfileInputs) {
        self.profile = profile
        self.inputs = inputs
        values = Array(repeating: nil, count: profile.parameters.count)
    }

    /// Notes a fault in what the pod would be given.
    mutating func fault(_ reason: String) {
        faults.append((profile.onInvalid == .deny ? .deny : .skip, reason))
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    // MARK: Parameters

    /// The value of a parameter; empty if it has none.
    mutating func value(_ index: Int) -> String {
        if let value = values[index] { return value }
        // A parameter never depends on itself, which is checked when the profile is read.
        let value = found(profile.parameters[index])
        values[index] = value
        return value
    }

    private mutating func found(_ parameter: Parameter) -> String {
        guard holds(parameter.condition) else { return "" }
        for source in parameter.sources {
            for (text, owner) in texts(of: source) {
                let text = Self.trimmed(text)
                if text.isEmpty { continue }
                switch parameter.read(text, from: source) {
                case .value(let value): return mapped(value, source)
                case .clamped(let value, let warning):
                    warn("\(warning) (\(owner))")
                    return mapped(value, source)
                // If another parameter has no valid value, this one is only missing.
                case .invalid where source.isDerived: continue
                case .invalid(let reason):
                    if let value = refused("\(reason) (\(owner))", parameter.onInvalid) { return value }
                case .outOfRange(let reason):
                    let consequence = parameter.onRange == .deny ? OnInvalid.deny : .default
                    if let value = refused("\(reason) (\(owner))", consequence) { return value }
                }
            }
        }
        guard let fallback = parameter.fallback else { return "" }
        return text(fallback) ?? ""
    }

    /// The text without surrounding spaces and tabs. Line feeds are kept, because they make a value invalid.
    private static func trimmed(_ text: String) -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.first, let last = text.last, isBlank(first) || isBlank(last) else { return text }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    /// - Returns: Nil if the value counts as missing.
    private mutating func refused(_ reason: String, _ consequence: OnInvalid) -> String? {
        guard consequence != .default else {
            warn("ignored: \(reason)")
            return nil
        }
        faults.append((consequence, reason))
        return Self.invalid
    }

    private mutating func mapped(_ value: String, _ source: Parameter.Source) -> String {
        guard let map = source.map else { return value }
        return map[value].flatMap { text($0) } ?? ""
    }

    private mutating func texts(of source: Parameter.Source) -> [(text: String, owner: String)] {
        switch source.origin {
        case .constant(let text): return [(text, "the setting")]
        case .parameter(let index):
            return [(value(index), "the parameter \(profile.parameters[index].name)")]
        case .annotation(let key, let places):
            return places.compactMap { place in
                switch place {
                case .pod: inputs.podAnnotation(key).map { ($0, "the pod's \(key)") }
                case .serviceAccount: serviceAccount[key].map { ($0, "the ServiceAccount's \(key)") }
                }
            }
        }
    }

    mutating func holds(_ condition: Condition) -> Bool {
        guard !condition.isAlways else { return true }
        for term in condition.when + condition.unless { _ = value(term.parameter) }
        return condition.holds { values[$0] ?? "" }
    }

    /// The text with its holes filled; nil if a hole is empty.
    ///
    /// - Parameter places: The paths of files and folders; nil if the text cannot contain any.
    mutating func text(_ template: Template, _ places: VolumePlaces? = nil) -> String? {
        guard !template.isLeftOut else { return nil }
        var text = ""
        for segment in template.segments {
            let part: String? =
                switch segment {
                case .literal(let literal): literal
                case .parameter(let index): value(index)
                case .namespace: inputs.namespace
                case .serviceAccount: inputs.serviceAccountName
                case .file(let volume, let path): places?.path(of: path, in: volume)
                case .folder(let volume): places?.folder(volume)
                }
            guard let part, !part.isEmpty else { return nil }
            text += part
            guard text.utf8.count <= FileText.maximumBytes else {
                fault("a text becomes longer than \(FileText.maximumBytes) bytes")
                return nil
            }
        }
        return text
    }

    // MARK: Containers

    /// The names in the lists of an annotation; nil if no object has it.
    mutating func containers(_ key: String?) -> Set<String>? {
        guard let key else { return nil }
        var names: Set<String>?
        for place in profile.containers.places {
            let (text, owner) =
                place == .pod
                ? (inputs.podAnnotation(key), "the pod") : (serviceAccount[key], "the ServiceAccount")
            guard let text else { continue }
            names = (names ?? []).union(list(text, "\(owner)'s \(key)"))
        }
        return names
    }

    private mutating func list(_ text: String, _ source: String) -> [String] {
        guard !Annotations.isCut(text) else {
            warn("longer than \(Annotations.maximumValue) bytes and ignored: \(source)")
            return []
        }
        switch profile.containers.separator {
        case .csv:
            guard let record = GoSyntax.csvRecord(text) else {
                if !text.isEmpty { warn("not a comma-separated list of names, so ignored: \(source)") }
                return []
            }
            return record.map(\.withoutSurroundingWhitespace).filter { !$0.isEmpty }
        case .text(let separator):
            let parts = text.split { String($0) == separator }
            return parts.map { String($0).withoutSurroundingWhitespace }.filter { !$0.isEmpty }
        }
    }
}

extension Parameter.Source {
    fileprivate var isDerived: Bool { if case .parameter = origin { true } else { false } }
}
