import Foundation
import NIOOpenSSL
import TestNetwork
import Testing

/// These tests measure the memory of the whole process, so no other test may run at the same time.
@Suite("The memory of many connections", .timeLimit(.minutes(3)))
struct MemoryTests {
    @Test("does not grow with the number of past connections")
    func memory() throws {
        let fixture = try TLSFixture.shared
        let client = try fixture.clientContext()
        let server = try fixture.serverContext()
        let connect = { (index: Int) in
            let pair = EmbeddedPair(client: client, server: server)
            let endings = EmbeddedPair.Ending.allCases
            try pair.run(to: endings[index % endings.count])
            pair.tearDown()
        }
        for index in 0..<200 { try connect(index) }
        let before = try residentBytes()
        for index in 0..<1_500 { try connect(index) }
        let growth = try residentBytes() - before
        // An SSL object takes about 10 KiB at each end.
        #expect(growth < 30 << 20, "\(growth) bytes")
    }

    /// proc_pid_statm(5): the second number counts resident pages.
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
