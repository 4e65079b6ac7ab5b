import Testing

@testable import KubernetesObjects

@Suite("A timestamp", .timeLimit(.minutes(5)))
struct TimestampTests {
    @Test(
        "is parsed as in RFC 3339",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-21T14:23:04Z", 1_795_270_984), ("2026-11-21T14:23:04.999Z", 1_795_270_984),
            ("2026-11-21T15:53:04+01:30", 1_795_270_984), ("2026-11-21t06:23:04-08:00", 1_795_270_984),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ]
    )
    func reading(text: String, seconds: Int64) {
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test(
        "is not parsed from other text",
        arguments: [
            "", "now", "2026-11-21", "2026-11-21T14:23:04", "2026-13-21T14:23:04Z", "2026-11-21T24:23:04Z",
            "2026-11-21T14:23:04+1:30", "2026-11-21T14:23:04+01:-3", "20261121T142304Z0000",
        ]
    )
    func refusing(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "is formatted as it was parsed",
        arguments: ["1969-12-31T23:59:59Z", "2000-02-29T12:00:00Z", "2026-01-05T00:09:08Z"]
    )
    func writing(text: String) {
        #expect(Timestamp(text)?.text == text)
    }
}
