import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServingCertificates

@Suite("An expired certificate", .timeLimit(.minutes(5)))
struct CertificateExpirationLogTests {
    @Test("is logged as an error, and again after a while, and once more for the next certificate")
    func repeated() async throws {
        let lines = Lines()
        let end = Mutex<Int64?>(nil)
        let service = CertificateExpirationLog(
            notAfter: { end.withLock { $0 } },
            now: { 1000 },
            interval: .milliseconds(20),
            pause: .milliseconds(1),
            logger: Logger(label: "test") { _ in lines.handler }
        )
        let running = Task { try await service.run() }
        for (value, count) in [(Int64?.none, 0), (1000, 0), (999, 2)] {
            end.withLock { $0 = value }
            try await lines.wait(for: count)
        }
        running.cancel()
        _ = try? await running.value
        #expect(lines.texts.allSatisfy { $0 == "error 1970-01-01T00:16:39Z" }, "\(lines.texts)")
    }

    @Test("is reported at most once an hour")
    func once() async throws {
        let lines = Lines()
        let looks = Atomic(0)
        let service = CertificateExpirationLog(
            notAfter: {
                looks.add(1, ordering: .relaxed)
                return 1
            },
            now: { 2 },
            pause: .milliseconds(1),
            logger: Logger(label: "test") { _ in lines.handler }
        )
        let running = Task { try await service.run() }
        while looks.load(ordering: .relaxed) < 20 { try await Task.sleep(for: .milliseconds(1)) }
        running.cancel()
        _ = try? await running.value
        #expect(lines.texts.count == 1)
    }
}

/// The level and time of each line.
private final class Lines: Sendable {
    private let state = Mutex<[String]>([])

    var texts: [String] { state.withLock { $0 } }
    var handler: Handler { Handler(lines: self) }

    func wait(for count: Int) async throws {
        while texts.count < count { try await Task.sleep(for: .milliseconds(1)) }
    }

    struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let time = event.metadata?["not_after"].map { "\($0)" } ?? ""
            lines.state.withLock { $0.append("\(event.level) \(time)") }
        }
    }
}
