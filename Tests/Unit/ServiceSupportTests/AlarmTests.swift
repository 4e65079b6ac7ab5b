import Testing

@testable import ServiceSupport

@Suite("An alarm", .timeLimit(.minutes(5)))
struct AlarmTests {
    private let alarm = Alarm()

    @Test("ends a longer wait")
    func ring() async {
        async let wait = alarm.wait(for: .seconds(600))
        alarm.ring()
        #expect(await wait)
    }

    @Test("that rings without a waiter ends only the next wait")
    func early() async {
        alarm.ring()
        #expect(await alarm.wait(for: .seconds(600)))
        #expect(await alarm.wait(for: .milliseconds(1)), "the time has elapsed")
    }

    @Test("ends all waits once it is closed or the task is cancelled")
    func ends() async {
        let alarm = alarm
        let task = Task { await alarm.wait() }
        task.cancel()
        #expect(await task.value == false)
        async let wait = alarm.wait()
        alarm.close()
        #expect(await wait == false)
        #expect(await alarm.wait() == false)
    }
}
