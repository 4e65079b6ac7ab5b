import FuzzTargets
import TestSupport
import Testing

@Suite("Requests are parsed consistently", .timeLimit(.minutes(10)))
struct RequestFuzzTests {
    private static let review = """
        POST /m?timeout=10s HTTP/1.1\r
        Host: a.svc:443\r
        User-Agent: kube\r
        Content-Length: 3\r
        Accept: application/json, */*\r
        Content-Type: application/json\r
        \r
        abc
        """
    private static let next = "GET /b HTTP/1.1\r\nHost: a\r\nAccept: x\r\nAccept-Encoding: y\r\n\r\n"

    /// Characters with a meaning to some parser, and some that are never valid.
    private static let characters =
        Array("\0\t\n\u{b}\r !\"#%&()*+,-./09:;<=?@AHZ[\\^_a{|}~\u{7f}".utf8) + [0x80, 0xff]

    private func run(_ bytes: [UInt8], sizes: [UInt8] = [255, 255, 255, 255], isEnding: Bool = false) throws {
        try FuzzTarget.requests.run([isEnding ? 1 : 0] + sizes + bytes)
    }

    @Test("if a character is changed, added or removed anywhere", arguments: 0..<4)
    func characters(_ part: Int) throws {
        let bytes = Array((Self.review + Self.next).utf8)
        for place in bytes.indices where place % 4 == part {
            for character in Self.characters {
                var changed = bytes
                changed[place] = character
                try run(changed)
            }
            for character in "\0\t\n\r :,0".utf8 {
                var longer = bytes
                longer.insert(character, at: place)
                try run(longer)
            }
            var shorter = bytes
            shorter.remove(at: place)
            try run(shorter)
        }
    }

    @Test("if reads divide or end them anywhere", arguments: [false, true])
    func divisions(_ isEnding: Bool) throws {
        let bytes = Array((Self.review + Self.next + Self.review).utf8)
        for place in 1..<255 {
            try run(bytes, sizes: [UInt8(place - 1), 255, 255, 255], isEnding: isEnding)
            try run(bytes, sizes: [UInt8(place - 1), 0, 2, 255], isEnding: isEnding)
            try run(Array(bytes.prefix(place)), isEnding: isEnding)
        }
    }

    @Test(
        "with any header fields",
        arguments: [
            "Content-Length: 0", "Content-Length: 00", "Content-Length: 3", "content-length: 64", "Content-Length: 65",
            "Content-Length: 999999999", "Content-Length: 1000000000", "Content-Length: 3\r\nContent-Length: 3",
            "Content-Length: 3 ", "Content-Length:3", "Content-Length: ", "Content-Length: 3\r\n 4",
            "Content_Length: 3",
            "Connection: close", "Connection: keep-alive", "Proxy-Connection: close", "Upgrade: h2c",
            "Expect: 100-continue",
            "Transfer-Encoding: chunked", "Trailer: x", "TE: trailers", "Keep-Alive: timeout=1", "Host: b", "Host:",
            "X:",
            "Content-Type: a", "Content-Type: a\r\nContent-Type: b", "X: \u{e9}", "X: a\tb", "X:\ta", "X: a\t",
            "X y: a",
            String(repeating: "X: y\r\n", count: 120), "X: \(String(repeating: "y", count: 9000))",
            "X: \(String(repeating: "y", count: 17_000))",
        ]
    )
    func fields(_ text: String) throws {
        for method in ["POST", "GET", "HEAD", "PUT", "post", "get"] {
            for host in ["Host: a\r\n", ""] {
                let head = "\(method) /a HTTP/1.1\r\n\(host)\(text)\r\n\r\n"
                for rest in ["", "abc", "abc" + Self.next, "0\r\n\r\n" + Self.next] {
                    try run(Array((head + rest).utf8))
                }
            }
        }
    }

    @Test("with several changes at once, in a pipeline")
    func many() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            var bytes = Array((Self.review + Self.next + Self.review + Self.next).utf8)
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = Self.characters.randomElement(using: &generator) ?? 0
                case 1: bytes.insert(Self.characters.randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
                }
            }
            let sizes = (0..<4).map { _ in
                Bool.random(using: &generator) ? 255 : UInt8.random(in: 0...60, using: &generator)
            }
            try run(bytes, sizes: sizes, isEnding: .random(using: &generator))
        }
    }
}
