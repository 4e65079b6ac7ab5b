internal import CLibFuzzer
internal import FuzzTargets
internal import Glibc

/// The program `fuzz TARGET [ARGUMENTS]`, which runs a `FuzzTarget` under libFuzzer.
@main
enum Fuzz {
    private static let target = CommandLine.arguments.dropFirst().first.flatMap(FuzzTarget.init)

    static func main() {
        guard target != nil else {
            print("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's arguments]")
            exit(2)
        }
        // libFuzzer must not see the name of the target.
        var arguments = ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { strdup($0) } + [nil]
        var count = CInt(arguments.count - 1)
        let status = arguments.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            return LLVMFuzzerRunDriver(&count, &start) { data, size in
                Fuzz.run(UnsafeRawBufferPointer(start: data, count: size))
                return 0
            }
        }
        exit(status)
    }

    private static func run(_ bytes: UnsafeRawBufferPointer) {
        do {
            try target?.run(Array(bytes))
        } catch {
            // libFuzzer notices a finding by the crash.
            fatalError("\(error)")
        }
    }
}
