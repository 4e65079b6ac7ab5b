import Synchronization
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("Released memory", .timeLimit(.minutes(5)))
struct ResidentMemoryTests {
    @Test("never includes pages that the process may have changed, or that are not from a file")
    func unchanged() {
        let maps = """
            1000-3000 r-xp 00000000 fe:00 1   /usr/bin/a program
            Size:                  8 kB
            Anonymous:             0 kB
            Swap:                  0 kB
            4000-5000 r--p 00000000 fe:00 1   /usr/bin/relocated
            Anonymous:             4 kB
            Swap:                  0 kB
            5000-6000 r--p 00000000 fe:00 1   /usr/bin/constants
            Anonymous:             0 kB
            Swap:                  0 kB
            3000-4000 r--p 00000000 fe:00 1   /usr/bin/swapped
            Anonymous:             0 kB
            Swap:                  4 kB
            6000-7000 rw-p 00000000 fe:00 1   /usr/bin/data
            Anonymous:             0 kB
            Swap:                  0 kB
            7000-8000 rw-p 00000000 00:00 0
            Anonymous:             0 kB
            Swap:                  0 kB
            8000-9000 r--p 00000000 00:00 0
            Anonymous:             0 kB
            Swap:                  0 kB
            9000-a000 r-xp 00000000 00:00 0   [vdso]
            Anonymous:             0 kB
            Swap:                  0 kB
            a000-b000 ---p 00000000 fe:00 1   /usr/bin/gap
            Anonymous:             0 kB
            Swap:                  0 kB
            z000-b000 r-xp 00000000 fe:00 1   /usr/bin/no-address
            Anonymous:             0 kB
            Swap:                  0 kB
            b000-b000 r-xp 00000000 fe:00 1   /usr/bin/empty
            Anonymous:             0 kB
            Swap:                  0 kB
            c000-d000 r-xp 00000000 fe:00 1   /usr/bin/cut
            Anonymous:             0 kB
            """
        #expect(ResidentMemory.unchangedFilePages(in: maps) == [0x1000..<0x3000, 0x5000..<0x6000])
    }

    @Test("is found in the process's whole address space, however long its list of mappings is")
    func whole() {
        let maps = ResidentMemory.text(of: "/proc/self/smaps")
        #expect(maps.contains("[stack]") && maps.utf8.count > 16 * 1024)
        #expect(
            ResidentMemory.unchangedFilePages(in: maps).count > 5,
            "the program, and each library that it has loaded"
        )
        #expect(ResidentMemory.text(of: "/proc/self/none").isEmpty)
    }

    private final class Start: Sendable {
        let state = Mutex((isReady: false, isFinal: false, releases: 0))
        var releases: Int { state.withLock { $0.releases } }
    }

    @Test("is released before lists arrive, when the webhook is ready, and when its lists are final")
    func times() async throws {
        let start = Start()
        let service = MemoryRelease(
            isReady: { start.state.withLock { $0.isReady } },
            isFinal: { start.state.withLock { $0.isFinal } },
            interval: .milliseconds(1),
            settling: .milliseconds(1),
            release: { start.state.withLock { $0.releases += 1 } }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await service.run() }
            try await eventually("the first release", every: .milliseconds(2)) { start.releases > 0 }
            #expect(start.releases == 1)
            start.state.withLock { $0.isReady = true }
            try await eventually("a release and another one soon after it", every: .milliseconds(2)) {
                start.releases > 2
            }
            #expect(start.releases == 3)
            start.state.withLock { $0.isFinal = true }
            try await eventually("two more", every: .milliseconds(2)) { start.releases > 4 }
            group.cancelAll()
        }
        #expect(start.releases == 5)
    }

    @Test("is read again when needed")
    func release() {
        let memory = ResidentMemory()
        for _ in 0..<3 { memory.release() }
        #expect([3, 1, 2].sorted().map { "\($0)" } == ["1", "2", "3"])
    }
}
