import Foundation
import Logging
import PodIdentity
import TestSupport
import Testing

@testable import ClusterState
@testable import KubernetesObjects

@Suite("A document in a file", .timeLimit(.minutes(5)))
struct DocumentFileTests {
    private struct Refusal: Error {}

    private let folder: TemporaryDirectory
    private let store = DocumentStore()
    private let document: Document
    private let file: DocumentFile

    init() throws {
        folder = try TemporaryDirectory()
        document = Document(.file(path: folder.path("file"))) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard text != "bad" else { throw Refusal() }
            return Document.Content(text)
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        file = try #require(DocumentFile(document, store: store, logger: logger))
    }

    private var value: String? { store.current.value(at: document.place) }

    @Test("is believed to be empty, or away, only when that is so twice", arguments: [true, false])
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
        #expect(!file.read() && value == "one", "it asks for another look")
        try folder.write("two", to: "file")
        #expect(file.read() && value == "two")
        try vanish()
        #expect(!file.read() && value == "two")
        #expect(file.read() && value == nil)
        #expect(file.read() && value == nil)
    }

    @Test("that cannot be used, or not be read, leaves what it said before")
    func damage() throws {
        try folder.write("one", to: "file")
        #expect(file.read())
        try folder.write("bad", to: "file")
        #expect(file.read() && value == "one", "it needs no other look before it changes")
        try FileManager.default.removeItem(atPath: folder.path("file"))
        try FileManager.default.createDirectory(atPath: folder.path("file"), withIntermediateDirectories: false)
        #expect(!file.read() && value == "one", "a folder may become a file without a new fingerprint")
    }

    @Test("is read by its own service only")
    func places() {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let name = NamespacedName(namespace: "a", name: "b")
        let other = Document(.configMap(name, key: "c")) { _ in Document.Content("") }
        #expect(DocumentFile(other, store: store, logger: logger) == nil)
    }
}
