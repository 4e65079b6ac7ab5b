import Foundation
import Testing

/// Checks that log messages are constant, so that they can be searched for and counted, and that the documentation
/// explains their members.
@Suite("Log lines", .timeLimit(.minutes(5)))
struct LogMessageTests {
    /// The sources that can log, by path in the repository.
    private static func sources() throws -> [(path: String, text: String)] {
        try LayoutTests.targets.flatMap(\.files).compactMap { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            guard text.contains("import Logging\n") else { return nil }
            return (String(file.path.dropFirst(LayoutTests.root.path.count + 1)), text)
        }
    }

    @Test("have a message that is a single string literal without interpolation")
    func messages() throws {
        var count = 0
        for (path, text) in try Self.sources() {
            for call in LogCall.all(in: text) {
                count += 1
                #expect(
                    call.hasConstantMessage,
                    """
                    \(path):\(call.line): the message of a log line must be one string literal without interpolations; \
                    put what varies into the metadata, and where messages differ, write several calls
                    """
                )
            }
        }
        #expect(count > 50, "the calls are found")
    }

    @Test("are not written by functions that take the message, nor by loggers with other names")
    func helpers() throws {
        for (path, text) in try Self.sources() {
            #expect(
                !text.contains("Logger.Message"),
                "\(path): pass on what the message depends on, and write the message where the line is logged"
            )
            for declaration in text.matches(of: #/(\w+): Logger\b(?!\.)/#) {
                let name = declaration.output.1
                #expect(name.hasSuffix("ogger"), "\(path): call \(name) a logger, so that its calls are found")
            }
        }
    }

    @Test(
        "are found in sources with their messages",
        arguments: [
            (#"logger.info("a line")"#, true),
            (#"logger.warning("a \"line\": 1", metadata: ["a": "\(b)"])"#, true),
            ("logger?.error(\n    \"a line\",\n    metadata: metadata\n)", true),
            (#"logger.log(level: isBad ? .error : .info, "a line", metadata: metadata)"#, true),
            (#"logger.notice("a line of \(name)")"#, false), (#"logger.debug("a line of " + name)"#, false),
            ("logger.trace(message, metadata: metadata)", false), ("logger.log(level: .info, message)", false),
            (#"options.logger(write).critical("\(error)")"#, false),
            ("taskLogger\n    .info(isBad ? \"a\" : \"b\")", false),
            ("logger.info(\"\"\"\n    a line\n    \"\"\")", false),
            (#"throw manifest.error("the \(kind) has no name")"#, nil), ("case .error(let problem): return", nil),
        ] as [(String, Bool?)]
    )
    func scanner(_ source: String, _ isConstant: Bool?) {
        #expect(LogCall.all(in: source).map(\.hasConstantMessage) == (isConstant.map { [$0] } ?? []))
        #expect(LogCall.all(in: "\n\n" + source).allSatisfy { $0.line > 2 })
    }

    @Test("have exactly the members that docs/reference.md explains")
    func members() throws {
        var used: Set<String> = []
        for (_, text) in try Self.sources() {
            used.formUnion(text.matches(of: #/"([a-z][a-z_]*)": /#).map { String($0.output.1) })
            used.formUnion(text.matches(of: #/metadata(?:Key: |\[)"(\w+)"/#).map { String($0.output.1) })
        }
        let page = try String(contentsOf: LayoutTests.root.appendingPathComponent("docs/reference.md"), encoding: .utf8)
        let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("Log\n") } ?? ""
        let documented = section.matches(of: #/\n\| `(\w+)` \|/#).map { String($0.output.1) }
        #expect(documented == used.sorted())
    }
}

/// A call that writes a log line.
private struct LogCall {
    /// The number of the line with its name.
    let line: Int
    /// The message and the text after it.
    let arguments: Substring

    static func all(in source: String) -> [LogCall] {
        let call =
            #/\.(?:(?:trace|debug|info|notice|warning|error|critical)\(\s*|log\(\s*level:[^,]+,\s*)/#
        return source.matches(of: call).compactMap { match in
            let before = source[..<match.range.lowerBound]
            let receiver = before.reversed().drop { $0 == "?" || $0.isWhitespace }
            // A variable, or a call that returns a logger.
            let name = String(receiver.prefix { $0.isLetter || $0 == ")" }.reversed())
            guard name.hasSuffix("ogger") || name.hasSuffix(")") else { return nil }
            return LogCall(
                line: before.utf8.count { $0 == UInt8(ascii: "\n") } + 1,
                arguments: source[match.range.upperBound...]
            )
        }
    }

    /// Whether the message is a single literal without interpolation.
    var hasConstantMessage: Bool { arguments.prefixMatch(of: #/"(?:[^"\\\n]|\\[^(\n])*"\s*[,)]/#) != nil }
}
