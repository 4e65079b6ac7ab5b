import Testing

@testable import ServingCertificates

@Suite(.timeLimit(.minutes(5)))
struct APIServerClockTests {
    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 31 Dec 2099 23:59:59 GMT", 4_102_444_799), ("", nil), ("now", nil),
            ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT ", nil), ("Sun, 06 Nov 1994  8:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:3X GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
        ] as [(String, Int64?)]
    )
    func `Only dates in HTTP's preferred format are parsed`(text: String, seconds: Int64?) {
        #expect(APIServerClock.seconds(ofDate: text) == seconds)
    }

    @Test func `The node's clock is used until the API server's time is known, which then advances with uptime`() {
        var clock = APIServerClock()
        #expect(clock.now(uptime: 5, local: 1000) == .init(time: 1000, uptime: 5))
        clock.synchronize(to: nil, uptime: 6)
        #expect(clock.now(uptime: 7, local: 2000) == .init(time: 2000, uptime: 7))
        clock.synchronize(to: 500, uptime: 8)
        #expect(clock.now(uptime: 18, local: 9000) == .init(time: 510, uptime: 18))
        // A response without a date changes nothing.
        clock.synchronize(to: nil, uptime: 20)
        #expect(clock.now(uptime: 28, local: 1) == .init(time: 520, uptime: 28))
        clock.synchronize(to: 400, uptime: 28)
        #expect(clock.now(uptime: 29, local: 1) == .init(time: 401, uptime: 29))
    }
}
