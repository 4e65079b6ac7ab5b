import Foundation
import Glibc
import Logging
import Testing

@testable import ServiceSupport
@testable import pod_identity_webhook

@Suite("The log", .timeLimit(.minutes(5)))
struct LogWriterTests {
    @Test("drops lines while nothing reads them, counts them, and continues when they are read")
    func slowReader() async throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let line = String(repeating: "x", count: 9999) + "\n"
        let count = 10 * LogWriter.maximumWaiting / line.utf8.count
        for _ in 0..<count { writer.write(line) }
        let dropped = writer.dropped
        #expect(dropped > count * 8 / 10, "no write waited for the reader")
        async let text = Self.read(count - dropped, linesFrom: pipe)
        await writer.finish(within: .seconds(30))
        let found = try await text
        #expect(found == count - dropped && writer.dropped == dropped)
        writer.write("again\n")
        let last = try await Self.read(1, linesFrom: pipe)
        #expect(last == 1)
    }

    private static func read(_ count: Int, linesFrom pipe: Pipe) async throws -> Int {
        var found = 0
        while found < count { found += try readSome(of: pipe).count { $0 == UInt8(ascii: "\n") } }
        return found
    }

    /// Reads what is available, at least one byte.
    private static func readSome(of pipe: Pipe) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 2 * LogWriter.maximumLine)
        let count = Glibc.read(pipe.fileHandleForReading.fileDescriptor, &bytes, bytes.count)
        try #require(count > 0)
        return Array(bytes.prefix(count))
    }

    @Test("counts lines that cannot be written, and continues")
    func closed() async throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForReading.close()
        writer.write("lost\n")
        await writer.finish(within: .seconds(30))
        #expect(writer.dropped == 1)
        withExtendedLifetime(pipe) {}
    }

    @Test("cuts an excessively long line")
    func longLine() async throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        writer.write(String(repeating: "x", count: 10 * LogWriter.maximumLine) + "\n")
        await writer.finish(within: .seconds(30))
        let line = try Self.readSome(of: pipe)
        #expect(line.count == LogWriter.maximumLine && line.last == UInt8(ascii: "\n"))
        withExtendedLifetime(pipe) {}
    }
}

@Suite("A text log", .timeLimit(.minutes(5)))
struct TextLogTests {
    private func line(_ message: Logger.Message, _ metadata: Logger.Metadata) -> String {
        let event = LogEvent(
            level: .warning,
            message: message,
            metadata: metadata,
            source: "",
            file: "",
            function: "",
            line: 0
        )
        return BoundedLogHandler(label: "test", format: TextLogFormat.self).line(event, at: "2026-01-02T03:04:05.006Z")
    }

    @Test("has the message, followed by the metadata by name")
    func form() {
        let line = line("it happened", ["b": "a/b:1", "a": "two words", "list": ["x", "y z"], "none": ""])
        #expect(
            line == """
                2026-01-02T03:04:05.006Z warning test: it happened a="two words" b=a/b:1 list=[x, "y z"]

                """
        )
    }

    @Test(
        "has one line per message, which cannot be forged",
        arguments: [
            "x\n2026-01-02 error test: forged", "x\r\nforged", "x\u{2028}forged", "x\u{1b}[2Jforged", "x\" b=\"forged",
            "x\\\" b=forged", "x\u{202e}forged", "x\u{85}forged", "x\0forged",
        ]
    )
    func forgery(_ text: String) {
        let line = line("message", ["a": "\(text)", "list": ["\(text)"], "\(text)": "v"])
        #expect(line.dropLast().unicodeScalars.allSatisfy { $0.isPrintable })
        #expect(line.split(whereSeparator: { $0.isNewline }).count == 1)
        let unquoted = line.replacing(/"(\\.|[^"\\])*"/, with: "")
        #expect(!unquoted.contains("forged"), "the forged text is in quotes")
        #expect(self.line("\(text)", [:]).split(whereSeparator: { $0.isNewline }).count == 1)
    }

    @Test("limits the length of a line, whatever is logged", arguments: [true, false])
    func bound(isJSON: Bool) {
        let long = String(repeating: "é", count: 1_000_000)
        let metadata: Logger.Metadata = [
            "text": "\(long)", "list": .array(Array(repeating: "\(long)", count: 1000)),
            "value": .stringConvertible(long),
        ]
        let event = LogEvent(
            level: .info,
            message: "\(long)",
            metadata: metadata,
            source: "",
            file: "",
            function: "",
            line: 0
        )
        let format: any LogLineFormat.Type = isJSON ? JSONLogFormat.self : TextLogFormat.self
        let line = BoundedLogHandler(label: "test", format: format).line(event, at: "")
        #expect(line.utf8.count < 100_000)
    }
}
