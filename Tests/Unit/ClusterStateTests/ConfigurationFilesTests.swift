import Foundation
import Logging
import PodIdentity
import TestSupport
import Testing

@testable import ClusterState

@Suite("A configuration in several files", .timeLimit(.minutes(5)))
struct ConfigurationFilesTests {
    /// Describes itself with the names and texts of all its files.
    private struct Texts: ProviderConfiguration {
        let text: String

        init(_ texts: [ConfigurationText]) {
            text = texts.map {
                "\($0.name.split(separator: "/").last ?? "")=\(String(decoding: $0.bytes, as: UTF8.self))"
            }
            .joined(separator: " ")
        }

        init(parsing text: [UInt8], problems: inout Warnings) throws { self.init([ConfigurationText(text)]) }
    }

    private let folder: TemporaryDirectory
    private let store = ConfigurationStore()
    private let source: ProviderConfigurationSource
    private let files: ConfigurationFiles

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("2", to: "b.yml")
        try folder.write("1", to: "a.yaml")
        try folder.write("no", to: "readme.txt")
        try folder.write("no", to: ".hidden.yaml")
        source = ProviderConfigurationSource(.files([folder.path])) { texts, _ in Texts(texts) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        files = try #require(ConfigurationFiles(source, store: store, logger: logger))
        files.load()
    }

    private var text: String? {
        let value: Texts? = store.current.value(at: source.place)
        return value?.text
    }

    @Test("consists of the YAML files in a folder, in the order of their names")
    func order() { #expect(text == "a.yaml=1 b.yml=2") }

    @Test("loses a missing or empty file only the second time", arguments: [true, false])
    func less(_ isAway: Bool) throws {
        if isAway {
            try FileManager.default.removeItem(atPath: folder.path("a.yaml"))
        } else {
            try folder.write("", to: "a.yaml")
        }
        #expect(!files.read() && text == "a.yaml=1 b.yml=2")
        #expect(files.read() && text == "b.yml=2")
        try folder.write("3", to: "c.yaml")
        #expect(files.read() && text == "b.yml=2 c.yaml=3")
    }

    @Test("that is unreadable is refused the second time, stays in effect, and recovers with the same text")
    func unreadable() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path("c.yaml"), withDestinationPath: "absent")
        #expect(!files.read() && store.status(of: source.place).refusals == 0)
        for _ in 0..<3 { #expect(!files.read() && text == "a.yaml=1 b.yml=2") }
        let status = store.status(of: source.place)
        #expect(status.refusals == 1 && status.refusal?.reason.contains("c.yaml: No such file") == true)
        try FileManager.default.removeItem(atPath: folder.path("c.yaml"))
        #expect(files.read() && store.status(of: source.place).refusal == nil)
    }

    @Test("that is unreadable at first is treated as absent, and can take effect later")
    func unreadableAtFirst() throws {
        let path = folder.path("later.yaml")
        let source = ProviderConfigurationSource(.files([path])) { texts, _ in Texts(texts) }
        let store = ConfigurationStore(unread: [source.place])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let files = try #require(ConfigurationFiles(source, store: store, logger: logger))
        files.load()
        #expect(store.current.availability(of: source.place) == .read, "no pod waits for it")
        #expect(store.status(of: source.place).refusals == 1 && !store.current.contains(source.place))
        try folder.write("1", to: "later.yaml")
        #expect(files.read() && store.current.contains(source.place))
        #expect(store.status(of: source.place).refusal == nil)
    }

    @Test("is absent once its folder is empty, but a missing path is an error")
    func absence() throws {
        #expect(try ConfigurationFiles.texts([folder.path("a.yaml")]).count == 1)
        #expect(throws: ClusterStateError.self) { try ConfigurationFiles.texts([folder.path("absent")]) }
        for name in ["a.yaml", "b.yml"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
        #expect(!files.read() && files.read() && text == nil)
    }
}
