internal import FoundationEssentials
internal import JSON
internal import ServiceSupport

/// An object in a file of a kubeconfig, with its position for error messages.
struct KubeConfigObject {
    /// The path of the file.
    let source: String
    /// The path from the root; empty for the root itself.
    let field: String
    let tree: JSONTree

    func path(_ name: String) -> String { field.isEmpty ? name : "\(field).\(name)" }

    func place(_ name: String) -> ConfigurationField { ConfigurationField(source: source, field: path(name)) }

    func error(_ name: String, _ reason: String) -> KubernetesError { place(name).error(reason) }

    func has(_ name: String) -> Bool { tree[name].map { !$0.isNull } ?? false }

    /// The text of a field; nil if it is missing, null or empty.
    func string(_ name: String) throws(KubernetesError) -> String? {
        guard has(name), let value = tree[name] else { return nil }
        guard let text = value.string else { throw error(name, "must be a string (put it in quotation marks)") }
        return text.isEmpty ? nil : text
    }

    func bool(_ name: String) throws(KubernetesError) -> Bool {
        guard has(name) else { return false }
        if tree[name] == .literal("true") { return true }
        guard tree[name] == .literal("false") else { throw error(name, "must be true or false") }
        return false
    }

    /// The content of the file that a field names, or of the base64 text in the field with the suffix `-data`.
    func data(_ name: String) throws(KubernetesError) -> (bytes: [UInt8], field: ConfigurationField)? {
        let path = try string(name)
        guard let text = try string(name + "-data") else {
            guard let path else { return nil }
            do {
                return (try FileReader.read(absolute(path), limit: ClusterConfiguration.largestFile), place(name))
            } catch {
                throw self.error(name, "\(absolute(path)) \(error.reason)")
            }
        }
        guard path == nil else { throw error(name + "-data", "cannot be used with \(name): remove one of them") }
        guard let data = Data(base64Encoded: text.filter { !$0.isNewline }) else {
            throw error(name + "-data", "is not base64")
        }
        return (Array(data), place(name + "-data"))
    }

    /// The files that these fields name, as far as the fields are set.
    func files(_ names: [String]) throws(KubernetesError) -> [String] {
        var files: [String] = []
        for name in names { if let path = try string(name) { files.append(absolute(path)) } }
        return files
    }

    /// The entry with this name in one of the lists of the file; nil if there is none.
    func named(_ name: String, in list: String, entry: String) throws(KubernetesError) -> KubeConfigObject? {
        guard has(list) else { return nil }
        guard let elements = tree[list]?.elements else { throw error(list, "must be a list") }
        let indices = elements.indices.filter { elements[$0]["name"]?.string == name }
        guard let index = indices.first else { return nil }
        guard indices.count == 1 else { throw error("\(list)[\(indices[1])].name", "'\(name)' is in the list twice") }
        guard let inner = elements[index][entry], inner.members != nil else {
            throw error("\(list)[\(index)].\(entry)", "is missing")
        }
        return KubeConfigObject(source: source, field: path("\(list)[\(index)].\(entry)"), tree: inner)
    }

    /// The names in one of the lists of the file.
    func names(in list: String) -> [String] { tree[list]?.elements?.compactMap { $0["name"]?.string } ?? [] }

    /// The texts of a list; empty if it is missing or null.
    func strings(_ name: String) throws(KubernetesError) -> [String] {
        try list(name, "must be a string (put it in quotation marks)") { $0.string }
    }

    /// The converted elements of a list, which is empty if it is missing or null.
    ///
    /// - Parameter reason: The error about an element that cannot be converted.
    func list<Item>(
        _ name: String,
        _ reason: String,
        _ read: (JSONTree) -> Item?
    ) throws(KubernetesError) -> [Item] {
        guard has(name) else { return [] }
        guard let elements = tree[name]?.elements else { throw error(name, "must be a list") }
        var items: [Item] = []
        for (index, element) in elements.enumerated() {
            guard let item = read(element) else { throw error("\(name)[\(index)]", reason) }
            items.append(item)
        }
        return items
    }

    /// One of the object's `extensions`.
    func `extension`(_ name: String) -> JSONTree? {
        tree["extensions"]?.elements?.first { $0["name"]?.string == name }?["extension"]
    }

    /// Resolves relative paths against the folder of the kubeconfig.
    func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = source.lastIndex(of: "/") else { return path }
        return source[...slash] + path
    }
}
