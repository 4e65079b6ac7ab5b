import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite("The fuzzing corpus and previous failures", .timeLimit(.minutes(5)))
struct ReplayTests {
    @Test("are handled without a crash, also with a few changes", arguments: FuzzTarget.allCases)
    func replay(_ target: FuzzTarget) throws {
        var generator = SeededGenerator(seed: 1)
        let inputs = try inputs("seeds", target) + inputs("crashers", target)
        #expect(!inputs.isEmpty)
        for input in inputs {
            try target.run(input)
            for _ in 0..<50 { try target.run(changed(input, using: &generator)) }
        }
    }

    private func inputs(_ folder: String, _ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: "\(TestFolders.repository)/Fuzzing/\(folder)/\(target.rawValue)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }

    private func changed(_ input: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes.randomElement(using: &generator) ?? 0, at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + 8))
            }
        }
        return bytes
    }
}
