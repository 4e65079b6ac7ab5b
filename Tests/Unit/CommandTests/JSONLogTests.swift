import ArgumentParser
import Logging
import Testing

@testable import KubernetesObjects
@testable import pod_identity_webhook

@Suite("A log in JSON", .timeLimit(.minutes(5)))
struct JSONLogTests {
    @Test("has one object per line: time, level, label, message, then the metadata by name")
    func line() {
        var handler = BoundedLogHandler(label: "test", format: JSONLogFormat.self)
        handler[metadataKey: "resource"] = "/api/v1"
        handler.metadataProvider = Logger.MetadataProvider { ["provided": "yes", "given": "no"] }
        let event = LogEvent(
            level: .warning,
            message: "a \"quoted\"\nmessage",
            metadata: [
                "given": "yes", "message": "of the metadata", "count": .stringConvertible(7),
                "duration": .stringConvertible(Duration.milliseconds(1500)), "isNew": .stringConvertible(true),
                "empty": "", "none": [], "list": ["a", .dictionary(["b": "c", "a": "d"])],
            ],
            source: "",
            file: "",
            function: "",
            line: 0
        )
        #expect(
            handler.line(event, at: "2026-01-02T03:04:05.006Z") == """
                {"timestamp":"2026-01-02T03:04:05.006Z","level":"warning","label":"test",\
                "message":"a \\"quoted\\"\\nmessage","count":7,"duration":1.5,"given":"yes","isNew":true,"list":["a",{"a":"d","b":"c"}],\
                "message_":"of the metadata","provided":"yes","resource":"/api/v1"}

                """
        )
    }

    @Test(
        "has durations in seconds",
        arguments: [
            (Duration.zero, "0"), (.seconds(90), "90"), (.milliseconds(5), "0.005"),
            (.microseconds(1_000_001), "1.000001"),
            (.nanoseconds(1), "0"), (.nanoseconds(999_999_999), "0.999999"), (.seconds(-3), "-3"),
        ]
    )
    func durations(_ duration: Duration, _ expected: String) {
        #expect(JSONLogFormat.seconds(duration) == expected)
    }

    @Test(
        "has times in the format of RFC 3339",
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096, 7_999_999, "2024-02-29T12:34:56.007Z"),
            (1_767_225_599, 999_999_999, "2025-12-31T23:59:59.999Z"),
        ]
    )
    func timestamps(_ seconds: Int64, _ nanoseconds: Int, _ expected: String) {
        #expect(Timestamp(seconds: seconds).text(nanoseconds: nanoseconds) == expected)
    }

    @Test(
        "has the levels of klog",
        arguments: [
            (0, Logger.Level.info), (1, .info), (2, .debug), (3, .debug), (4, .trace), (10, .trace),
        ]
    )
    func levels(_ verbosity: Int, _ level: Logger.Level) throws {
        let options = try OperationsOptions.parse(["--v=\(verbosity)"])
        #expect(options.logger { _ in }.logLevel == level)
    }
}
