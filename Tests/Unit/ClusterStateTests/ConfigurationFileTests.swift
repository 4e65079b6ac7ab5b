import Foundation
import Logging
import PodIdentity
import TestSupport
import Testing

@testable import ClusterState
@testable import KubernetesObjects

@Suite("A configuration in a file", .timeLimit(.minutes(5)))
struct ConfigurationFileTests {
    private struct Refusal: Error {}

    /// Describes itself with its own text, unless that is invalid.
    private struct Text: ProviderConfiguration {
        let text: String

        init(parsing bytes: [UInt8], problems: inout Warnings) throws {
            text = String(decoding: bytes, as: UTF8.self)
            guard text != "bad" else { throw Refusal() }
        }
    }

    private let folder: TemporaryDirectory
    private let store = ConfigurationStore()
    private let source: ProviderConfigurationSource
    private let file: ConfigurationFile

    init() throws {
        folder = try TemporaryDirectory()
        source = ProviderConfigurationSource(.file(path: folder.path("file")), Text.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        file = try #require(ConfigurationFile(source, store: store, logger: logger))
    }

    private var value: String? {
        let value: Text? = store.current.value(at: source.place)
        return value?.text
    }

    @Test("is accepted as empty or missing only the second time", arguments: [true, false])
    func emptiness(_ isAway: Bool) throws {
        try folder.write("one", to: "file")
        #expect(file.read() && value == "one")
        func vanish() throws {
            if isAway {
                try FileManager.default.removeItem(atPath: folder.path("file"))
            } else {
                try folder.write("", to: "file")
            }
        }
        try vanish()
        #expect(!file.read() && value == "one", "it requests another read")
        try folder.write("two", to: "file")
        #expect(file.read() && value == "two")
        try vanish()
        #expect(!file.read() && value == "two")
        #expect(file.read() && value == nil)
        #expect(file.read() && value == nil)
    }

    @Test("that is invalid or unreadable leaves the previous content in effect")
    func damage() throws {
        try folder.write("one", to: "file")
        #expect(file.read())
        try folder.write("bad", to: "file")
        #expect(file.read() && value == "one", "it needs no further read before it changes")
        try FileManager.default.removeItem(atPath: folder.path("file"))
        try FileManager.default.createDirectory(atPath: folder.path("file"), withIntermediateDirectories: false)
        #expect(!file.read() && value == "one", "a folder may become a file without a new fingerprint")
    }

    @Test("is read only by its own service")
    func places() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let name = NamespacedName(namespace: "a", name: "b")
        let other = ProviderConfigurationSource(.configMap(name, key: "c"), Text.self)
        #expect(ConfigurationFile(other, store: store, logger: logger) == nil)
    }
}
