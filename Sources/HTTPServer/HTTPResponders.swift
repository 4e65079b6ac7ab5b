internal import NIOCore

/// One responder for each event loop, used only on that loop.
final class HTTPResponders: Sendable {
    private let boxes: [ObjectIdentifier: NIOLoopBoundBox<(any HTTPResponder)?>]
    private let makeResponder: @Sendable () -> any HTTPResponder

    init(_ group: any EventLoopGroup, _ makeResponder: @escaping @Sendable () -> any HTTPResponder) {
        self.makeResponder = makeResponder
        var boxes: [ObjectIdentifier: NIOLoopBoundBox<(any HTTPResponder)?>] = [:]
        for eventLoop in group.makeIterator() {
            boxes[ObjectIdentifier(eventLoop)] = .makeEmptyBox(eventLoop: eventLoop)
        }
        self.boxes = boxes
    }

    /// Must be called on the event loop.
    subscript(eventLoop: any EventLoop) -> any HTTPResponder {
        guard let box = boxes[ObjectIdentifier(eventLoop)] else { return makeResponder() }
        if let responder = box.value { return responder }
        let responder = makeResponder()
        box.value = responder
        return responder
    }
}
