import Testing

@testable import NIOOpenSSL

@Suite("TLSStateMachine", .timeLimit(.minutes(5)))
struct TLSStateMachineTests {
    /// The states in which tests start, each with a way to reach it.
    enum Start: String, CaseIterable, Sendable {
        case idle
        case handshaking
        case active
        case inputClosed
        case closing
        case closingAfterPeer
        case written
        case closed

        var machine: TLSStateMachine {
            var machine = TLSStateMachine()
            switch self {
            case .idle: break
            case .handshaking: _ = machine.start()
            case .active:
                machine = Start.handshaking.machine
                _ = machine.handshakeReturned(.complete)
            case .inputClosed:
                machine = Start.active.machine
                _ = machine.readReturned(.closed)
            case .closing:
                machine = Start.active.machine
                _ = machine.close()
            case .closingAfterPeer:
                machine = Start.inputClosed.machine
                _ = machine.close()
            case .written:
                machine = Start.closing.machine
                _ = machine.closeNotifyWritten()
            case .closed:
                machine = Start.idle.machine
                _ = machine.channelInactive()
            }
            return machine
        }
    }

    private static let failure = TLSError.connectionFailed(reason: "test")

    @Test("starts the handshake only once", arguments: Start.allCases)
    func start(from start: Start) {
        var machine = start.machine
        #expect(machine.start() == (start == .idle))
        #expect(machine.start() == false)
    }

    @Test(
        "handles ciphertext by state, and knows whether to read more without demand",
        arguments: [
            (.idle, .drop, false), (.handshaking, .handshake, true), (.active, .read, false),
            (.inputClosed, .drop, false), (.closing, .read, true), (.closingAfterPeer, .drop, false),
            (.written, .read, true), (.closed, .drop, false),
        ] as [(Start, TLSStateMachine.InputAction, Bool)]
    )
    func input(start: Start, action: TLSStateMachine.InputAction, needsInput: Bool) {
        #expect(start.machine.nextInput() == action)
        #expect(start.machine.needsInput == needsInput)
    }

    @Test("handles a handshake step only during the handshake", arguments: Start.allCases)
    func handshake(start: Start) {
        var machine = start.machine
        #expect(machine.handshakeReturned(.wantsInput) == .wait)
        #expect(machine.handshakeReturned(.complete) == (start == .handshaking ? .complete : .wait))
        machine = start.machine
        let failed = machine.handshakeReturned(.failed(Self.failure))
        #expect(failed == (start == .handshaking ? .fail(Self.failure) : .wait))
        if start == .handshaking { #expect(machine.nextInput() == .drop) }
    }

    @Test(
        "handles a read step by state: data, close_notify, failure",
        arguments: [
            (.active, .deliver, .announceInputClosed, .fail(failure)),
            (.inputClosed, .discard, .wait, .wait),
            (.closing, .discard, .wait, .closeChannel),
            (.closingAfterPeer, .discard, .wait, .wait),
            (.written, .discard, .closeChannel, .closeChannel),
            (.closed, .discard, .wait, .wait),
        ] as [(Start, TLSStateMachine.ReadAction, TLSStateMachine.ReadAction, TLSStateMachine.ReadAction)]
    )
    func read(
        start: Start,
        data: TLSStateMachine.ReadAction,
        closed: TLSStateMachine.ReadAction,
        failed: TLSStateMachine.ReadAction
    ) {
        var machine = start.machine
        #expect(machine.readReturned(.wantsInput) == .wait)
        #expect(machine.readReturned(.bytes) == data)
        #expect(machine.readReturned(.closed) == closed)
        machine = start.machine
        #expect(machine.readReturned(.failed(Self.failure)) == failed)
    }

    @Test(
        "accepts a limited number of records without data",
        arguments: [
            (.active, .fail(.tooManyRecordsWithoutData(33))), (.closing, .closeChannel), (.written, .closeChannel),
        ] as [(Start, TLSStateMachine.ReadAction)]
    )
    func recordsWithoutData(start: Start, end: TLSStateMachine.ReadAction) {
        var machine = start.machine
        for _ in 0..<100 { _ = machine.readReturned(.bytes) }
        for _ in 0..<32 { #expect(machine.readReturned(.record) == .proceed) }
        // A record with data compensates for one without.
        for _ in 0..<100 {
            _ = machine.readReturned(.bytes)
            #expect(machine.readReturned(.record) == .proceed)
        }
        #expect(machine.readReturned(.record) == end)
        #expect(machine.nextInput() == .drop && machine.readReturned(.record) == .wait)
    }

    @Test("accepts a limited number of records in a handshake, which do not count afterwards")
    func handshakeRecords() {
        var machine = Start.handshaking.machine
        for _ in 0..<128 { #expect(machine.handshakeReturned(.record) == .wait) }
        var other = machine
        #expect(machine.handshakeReturned(.record) != .wait)
        #expect(machine.nextInput() == .drop)
        #expect(other.handshakeReturned(.complete) == .complete)
        for _ in 0..<32 { #expect(other.readReturned(.record) == .proceed) }
    }

    @Test(
        "accepts or encrypts writes by state",
        arguments: [
            (.idle, true, false), (.handshaking, true, false), (.active, true, true), (.inputClosed, true, true),
            (.closing, false, false), (.closingAfterPeer, false, false), (.written, false, false),
            (.closed, false, false),
        ] as [(Start, Bool, Bool)]
    )
    func write(start: Start, isAccepted: Bool, isEncrypted: Bool) {
        #expect(start.machine.acceptsWrites == isAccepted)
        #expect(start.machine.canEncrypt == isEncrypted)
        var machine = start.machine
        #expect(machine.writeFailed() == (start != .closed))
        #expect(machine.acceptsWrites == false)
        #expect(machine.writeFailed() == false)
    }

    @Test(
        "handles a close and a second one by state",
        arguments: [
            (.idle, .closeChannel, .closeChannel), (.handshaking, .closeChannel, .closeChannel),
            (.active, .sendCloseNotify, .wait), (.inputClosed, .sendCloseNotify, .wait), (.closing, .wait, .wait),
            (.closingAfterPeer, .wait, .wait), (.written, .wait, .wait), (.closed, .closeChannel, .closeChannel),
        ] as [(Start, TLSStateMachine.CloseAction, TLSStateMachine.CloseAction)]
    )
    func close(start: Start, first: TLSStateMachine.CloseAction, second: TLSStateMachine.CloseAction) {
        var machine = start.machine
        #expect(machine.close() == first)
        #expect(machine.close() == second)
    }

    @Test("closes the channel when both close_notify have been sent and received, in either order")
    func bothCloseNotify() {
        var machine = Start.closing.machine
        #expect(machine.readReturned(.closed) == .wait)
        #expect(machine.closeNotifyWritten() == true)
        #expect(machine.closeNotifyWritten() == false)
        machine = Start.closing.machine
        #expect(machine.closeNotifyWritten() == false)
        #expect(machine.readReturned(.closed) == .closeChannel)
        machine = Start.closingAfterPeer.machine
        #expect(machine.closeNotifyWritten() == true)
        machine = Start.active.machine
        #expect(machine.closeNotifyWritten() == false)
    }

    @Test(
        "handles a timeout by state",
        arguments: [
            (.idle, .nothing), (.handshaking, .fail(.handshakeTimeout)), (.active, .nothing),
            (.inputClosed, .sendCloseNotify), (.closing, .closeChannel), (.closingAfterPeer, .closeChannel),
            (.written, .closeChannel), (.closed, .nothing),
        ] as [(Start, TLSStateMachine.TimeoutAction)]
    )
    func timeout(start: Start, action: TLSStateMachine.TimeoutAction) {
        var machine = start.machine
        #expect(machine.timedOut() == action)
    }

    @Test(
        "handles the end of the TCP connection by state: half or full",
        arguments: [
            (.idle, .forward, nil), (.handshaking, .fail(.closedDuringHandshake), .closedDuringHandshake),
            (.active, .fail(.truncated), .truncated), (.inputClosed, .ignore, nil), (.closing, .ignore, nil),
            (.closingAfterPeer, .ignore, nil), (.written, .closeChannel, nil), (.closed, .ignore, nil),
        ] as [(Start, TLSStateMachine.HalfCloseAction, TLSError?)]
    )
    func end(start: Start, half: TLSStateMachine.HalfCloseAction, whole: TLSError?) {
        var machine = start.machine
        #expect(machine.halfClosed() == half)
        machine = start.machine
        #expect(machine.channelInactive() == whole)
        #expect(machine.channelInactive() == nil)
        #expect(!machine.acceptsWrites)
    }

    @Test("ends on removal, and reports whether a close was pending", arguments: Start.allCases)
    func removal(start: Start) {
        var machine = start.machine
        #expect(machine.removed() == [.closing, .closingAfterPeer, .written].contains(start))
        #expect(!machine.acceptsWrites && machine.nextInput() == .drop)
    }
}
