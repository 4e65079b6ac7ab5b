import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import ServingCertificates

@Suite("An expired certificate", .timeLimit(.minutes(5)))
struct CertificateExpirationLogTests {
    @Test("is logged as an error, and again after a while, and once more for the next certificate")
    func repeated() async throws {
        let log = RecordedLog()
        let end = Mutex<Int64?>(nil)
        let service = CertificateExpirationLog(
            notAfter: { end.withLock { $0 } },
            now: { 1000 },
            interval: .milliseconds(20),
            pause: .milliseconds(1),
            logger: log.logger
        )
        let running = Task { try await service.run() }
        for (value, count) in [(Int64?.none, 0), (1000, 0), (999, 2)] {
            end.withLock { $0 = value }
            try await log.wait(for: count)
        }
        running.cancel()
        _ = try? await running.value
        let lines = log.lines
        #expect(
            lines.allSatisfy { $0.level == .error && $0.metadata["not_after"] == "1970-01-01T00:16:39Z" },
            "\(lines)"
        )
    }

    @Test("is reported at most once an hour")
    func once() async throws {
        let log = RecordedLog()
        let looks = Atomic(0)
        let service = CertificateExpirationLog(
            notAfter: {
                looks.add(1, ordering: .relaxed)
                return 1
            },
            now: { 2 },
            pause: .milliseconds(1),
            logger: log.logger
        )
        let running = Task { try await service.run() }
        while looks.load(ordering: .relaxed) < 20 { try await Task.sleep(for: .milliseconds(1)) }
        running.cancel()
        _ = try? await running.value
        #expect(log.lines.count == 1)
    }
}
