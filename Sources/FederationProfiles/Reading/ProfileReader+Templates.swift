internal import JSON
internal import ProviderSupport

extension ProfileReader {
    /// What a text may refer to.
    enum Holes {
        /// What is known before any pod arrives: settings and the profile's name.
        case settings
        /// Also parameters, the Namespace and the ServiceAccount.
        case values
        /// Also paths of volumes and their files.
        case all
    }

    /// Reads a text with holes `${name}`; `$${` stands for `${`.
    ///
    /// - Returns: Nil if the node is not such a text, which is a finding.
    mutating func template(_ node: ProfileNode, _ holes: Holes) -> Template? {
        guard let text = node.text(&findings) else { return nil }
        return template(text, holes, at: node)
    }

    mutating func template(_ text: String, _ holes: Holes, at node: ProfileNode) -> Template? {
        var template = Template()
        var rest = text[...]
        while let start = Self.firstHole(in: rest) {
            if rest[..<start].utf8.last == UInt8(ascii: "$") {
                template.append(String(rest[..<start]) + "{")
                rest = rest[rest.index(start, offsetBy: 2)...]
                continue
            }
            template.append(String(rest[..<start]))
            guard let end = rest[start...].firstIndex(of: "}") else {
                findings.add("a hole has no closing brace; write $${ for the text ${", at: node)
                return nil
            }
            let name = String(rest[rest.index(start, offsetBy: 2)..<end])
            guard fill(name, holes, of: &template, at: node) else { return nil }
            rest = rest[rest.index(after: end)...]
        }
        template.append(String(rest))
        return template
    }

    /// A text that is known before any pod arrives; also nil if it is left out because a setting is empty.
    mutating func constant(_ node: ProfileNode) -> String? { template(node, .settings)?.constant }

    /// The place of the first `${`.
    private static func firstHole(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while let dollar = text[index...].firstIndex(of: "$") {
            let next = text.index(after: dollar)
            if next < text.endIndex, text[next] == "{" { return dollar }
            index = next
        }
        return nil
    }

    private mutating func fill(_ name: String, _ holes: Holes, of template: inout Template, at node: ProfileNode)
        -> Bool
    {
        if name == "profile" {
            template.append(profile.name)
        } else if holes != .settings, name == "namespace" {
            template.segments.append(.namespace)
        } else if holes != .settings, name == "serviceAccount" {
            template.segments.append(.serviceAccount)
        } else if holes != .settings, let index = parameterIndexes[name] {
            template.segments.append(.parameter(index))
        } else if let setting = settings[name] {
            template.isLeftOut = template.isLeftOut || setting.isEmpty
            template.append(setting)
        } else if name.hasPrefix("path:") {
            return fillPath(name.dropFirst("path:".count), holes, of: &template, at: node)
        } else if name.hasPrefix("dir:") {
            let volume = String(name.dropFirst("dir:".count))
            guard let index = volumeIndex(volume, holes, at: node) else { return false }
            template.segments.append(.folder(volume: index))
        } else {
            addUnknown(name, holes, at: node)
            return false
        }
        return true
    }

    private mutating func fillPath(
        _ reference: Substring,
        _ holes: Holes,
        of template: inout Template,
        at node: ProfileNode
    ) -> Bool {
        let slash = reference.firstIndex(of: "/") ?? reference.endIndex
        let path = String(reference[slash...].dropFirst())
        guard let index = volumeIndex(String(reference[..<slash]), holes, at: node) else { return false }
        guard outlines[index].paths.contains(path) else {
            let known = outlines[index].paths.sorted().joined(separator: ", ")
            findings.add(
                "the volume \(outlines[index].name) has no file \"\(path.cut(to: 64))\"; it has \(known)",
                at: node
            )
            return false
        }
        template.segments.append(.file(volume: index, path: path))
        return true
    }

    private mutating func volumeIndex(_ name: String, _ holes: Holes, at node: ProfileNode) -> Int? {
        guard holes == .all else {
            findings.add("paths of volumes cannot be used here", at: node)
            return nil
        }
        if let index = outlines.firstIndex(where: { $0.name == name }) { return index }
        let advice = Spelling.suggestion(for: name, among: outlines.map(\.name)).map { "; did you mean \($0)?" } ?? ""
        findings.add("the profile has no volume \"\(name.cut(to: 64))\"\(advice)", at: node)
        return nil
    }

    private mutating func addUnknown(_ name: String, _ holes: Holes, at node: ProfileNode) {
        let shown = "${\(name.cut(to: 64))}"
        if holes == .settings, parameterIndexes[name] != nil || Self.builtIns.contains(name) {
            findings.add("\(shown) depends on the pod, and only settings can be used here", at: node)
            return
        }
        let known = Self.builtIns + parameterIndexes.keys.sorted() + settings.keys.sorted()
        let advice = Spelling.suggestion(for: name, among: known).map { "; did you mean ${\($0)}?" } ?? ""
        findings.add("nothing fills the hole \(shown)\(advice)", at: node)
    }

    // MARK: Names

    /// The key of an annotation or a label: a name without a slash gets the profile's prefix.
    ///
    /// - Returns: Nil if it is left out because a setting is empty, or if it is wrong, which is a finding.
    mutating func key(_ node: ProfileNode) -> String? {
        guard let text = node.text(&findings) else { return nil }
        return key(text, at: node)
    }

    mutating func key(_ text: String, at node: ProfileNode) -> String? {
        guard let name = template(text, .settings, at: node)?.constant else { return nil }
        let key = name.contains("/") ? name : "\(profile.prefix)/\(name)"
        if Names.isQualifiedName(key) { return key }
        findings.add("\"\(key.cut(to: 128))\" is not the name of an annotation or label", at: node)
        return nil
    }
}
