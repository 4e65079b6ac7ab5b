internal import JSON
internal import ProviderSupport
internal import YAML

/// The contents of texts of profiles: the profiles, the problems, and the results of their own tests.
package struct ProfileReport: Sendable {
    /// A text and its name for messages, such as that of its file; an empty name if there is only one.
    package struct Text: Sendable {
        package let name: String
        package let bytes: [UInt8]

        package init(name: String = "", bytes: [UInt8]) {
            self.name = name
            // Editors on Windows begin a text with a byte order mark, which is not part of it.
            self.bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        }
    }

    /// The maximum length of all texts together, in bytes.
    package static let maximumBytes = 256 * 1024
    package static let maximumProfiles = 64

    /// In order of occurrence. This includes profiles with problems, so it is useful only if there are no problems.
    package private(set) var profiles: [Profile] = []
    package private(set) var problems: [ProfileProblem] = []
    package private(set) var tests: [ProfileTestResult] = []
    /// The profiles that can be used even though there are problems elsewhere in the texts.
    package private(set) var usable: [Profile] = []
    private var doubts = Doubts()
    /// By the numbers of the texts.
    private var lines: [Int: YAMLLines] = [:]

    /// Reads documents that each describe a federation, and at most one with only `settings` for them.
    ///
    /// - Parameters:
    ///   - settings: Replace those in the texts.
    ///   - reserved: What other providers write, so that no profile may write it.
    package init(_ texts: [Text], settings: ProfileSettings = ProfileSettings(), reserved: [ReservedNames] = []) {
        let size = texts.reduce(0) { $0 + $1.bytes.count }
        guard size <= Self.maximumBytes else {
            add("profiles have at most \(Self.maximumBytes) bytes, not \(size)")
            return
        }
        var sources: [Document] = []
        for (index, text) in texts.enumerated() { sources += documents(text, index) }
        let settings = installedSettings(sources, settings)
        let descriptions = sources.filter { !$0.isSettings }
        if descriptions.count > Self.maximumProfiles {
            add("there are at most \(Self.maximumProfiles) profiles, not \(descriptions.count)")
        }
        var read: [(document: Document, profile: Profile)] = []
        for document in descriptions.prefix(Self.maximumProfiles) {
            let name = document.tree["profile"]?.string ?? ""
            let before = problems.count
            let (profile, findings) = ProfileReader.read(document.tree, installed: settings.values[name] ?? [:])
            add(findings, of: document, profile: name)
            if findings.isEmpty { runTests(of: document, name) }
            let hasSettings = document.tree["settings"]?.members?.isEmpty == false
            if problems.count > before || doubts.concern(name, hasSettings: hasSettings, settings) {
                doubts.profiles.insert(read.count)
            }
            read.append((document, profile))
            profiles.append(profile)
        }
        add(ProfileCollisions.among(profiles, reserved), read)
        usable = profiles.indices.filter { !doubts.profiles.contains($0) }.map { profiles[$0] }
    }

    private mutating func runTests(of document: Document, _ name: String) {
        let (results, findings) = ProfileTest.run(document.tree)
        add(findings, of: document, profile: name)
        for var result in results {
            result.source = document.text.name
            result.line = line(result.path, in: document)
            tests.append(result)
            guard !result.hasPassed else { continue }
            let reason = "the test \"\(result.name)\" fails: " + result.differences.joined(separator: "; ")
            problems.append(
                ProfileProblem(
                    source: result.source,
                    line: result.line,
                    profile: name,
                    place: result.path.place,
                    reason: reason.cut(to: 1024)
                )
            )
        }
    }

    // MARK: Documents

    /// A document in a text.
    private struct Document {
        let text: Text
        /// The number of the text among all.
        let textIndex: Int
        /// The number of the document in the text.
        let index: Int
        let tree: JSONTree

        var isSettings: Bool { tree["profile"] == nil && tree.members?.map(\.key.value) == ["settings"] }

    }

    private mutating func documents(_ text: Text, _ index: Int) -> [Document] {
        guard String(validating: text.bytes, as: UTF8.self) != nil else {
            add("the text is not UTF-8", source: text.name)
            doubts.hasUnreadText = true
            return []
        }
        do {
            return try YAMLReader.documents(in: text.bytes[...]).enumerated().filter { !$0.element.tree.isNull }.map {
                Document(text: text, textIndex: index, index: $0.offset, tree: $0.element.tree)
            }
        } catch {
            add(error.reason, source: text.name, line: error.line)
            doubts.hasUnreadText = true
            return []
        }
    }

    private mutating func installedSettings(_ documents: [Document], _ given: ProfileSettings) -> ProfileSettings {
        var settings = given
        let names = Set(documents.compactMap { $0.tree["profile"]?.string })
        let found = documents.filter(\.isSettings)
        for document in found {
            let (values, findings) = ProfileSettings.read(document.tree, profiles: names)
            add(findings, of: document, profile: "")
            for finding in findings.all { doubts.add(finding.path, among: names) }
            if found.count > 1 { doubts.settings.formUnion(values.keys) }
            settings.values.merge(values) { given, found in found.merging(given) { $1 } }
        }
        if found.count > 1 { add("there is more than one document of settings") }
        doubts.hasSettings = !found.isEmpty
        for name in given.values.keys.sorted() where !names.contains(name) {
            let advice = Spelling.suggestion(for: name, among: names.sorted()).map { "; did you mean \($0)?" } ?? ""
            add("there are settings for \"\(name.cut(to: 64))\", but no such profile\(advice)")
            doubts.haveStraySettings = true
        }
        return settings
    }

    // MARK: Problems

    /// The lines of a text are read at most once, and only if there is something to report.
    private mutating func line(_ path: [YAMLLines.Step], in document: Document) -> Int {
        let found = lines[document.textIndex] ?? YAMLLines(of: document.text.bytes[...])
        lines[document.textIndex] = found
        return found.line(document: document.index, path)
    }

    private mutating func add(_ reason: String, source: String = "", line: Int = 0) {
        problems.append(ProfileProblem(source: source, line: line, profile: "", place: "", reason: reason))
    }

    private mutating func add(_ findings: Findings, of document: Document, profile: String) {
        guard !findings.isEmpty else { return }
        for finding in findings.all {
            problems.append(
                ProfileProblem(
                    source: document.text.name,
                    line: line(finding.path, in: document),
                    profile: profile.cut(to: 64),
                    place: finding.path.place,
                    reason: finding.reason
                )
            )
        }
    }

    private mutating func add(
        _ collisions: [ProfileCollisions.Collision],
        _ read: [(document: Document, profile: Profile)]
    ) {
        for collision in collisions {
            let (document, profile) = read[collision.profile]
            doubts.profiles.insert(collision.profile)
            problems.append(
                ProfileProblem(
                    source: document.text.name,
                    line: line([], in: document),
                    profile: profile.name,
                    place: "",
                    reason: collision.reason
                )
            )
        }
    }
}

extension ProfileSettings {
    /// Reads a document of settings: a mapping of texts for each profile.
    static func read(_ tree: JSONTree, profiles: Set<String>) -> ([String: [String: String]], Findings) {
        var findings = Findings()
        var values: [String: [String: String]] = [:]
        let root = ProfileNode(tree: tree).fields(["settings"], &findings)
        for (name, node) in root["settings"]?.entries(&findings) ?? [] {
            if !profiles.contains(name) {
                let advice =
                    Spelling.suggestion(for: name, among: profiles.sorted()).map { "; did you mean \($0)?" } ?? ""
                findings.add("there is no profile \"\(name.cut(to: 64))\"\(advice)", at: node)
            }
            values[name] = texts(node, &findings)
        }
        return (values, findings)
    }

    static func texts(_ node: ProfileNode, _ findings: inout Findings) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, node) in node.entries(&findings) { texts[name] = node.text(&findings, atMost: maximumBytes) }
        return texts
    }
}
