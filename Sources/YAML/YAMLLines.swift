/// The lines of the nodes of a YAML text, for errors about what is read from it. They are found by reading the text
/// again, so they cost nothing as long as there is no error.
package struct YAMLLines: Sendable {
    /// A step from a node to one below it.
    package enum Step: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    private struct Node: Sendable {
        var line: Int
        var children: Children = .none

        enum Children: Sendable {
            case none
            case elements([Node])
            case members([String: Node])
        }
    }

    private var documents: [Node] = []

    /// - Parameter bytes: A text in UTF-8 that has been read without an error.
    package init(of bytes: ArraySlice<UInt8>) {
        // Nodes before an error get their lines nevertheless.
        do {
            let events = try YAMLEventParser(bytes)
            while true {
                let event = try events.next()
                switch event.kind {
                case .streamEnd: return
                case .documentStart: documents.append(try Self.node(try events.next(), events))
                default: continue
                }
            }
        } catch {}
    }

    /// The line, counted from 1, of a node or, if it is not written where it counts (an alias, a merge key), of the nearest
    /// node above it. The line of a value in a mapping is that of its key.
    package func line(document: Int, _ path: [Step]) -> Int {
        guard documents.indices.contains(document) else { return 1 }
        var node = documents[document]
        for step in path {
            switch (step, node.children) {
            case (.key(let key), .members(let members)):
                guard let child = members[key] else { return node.line }
                node = child
            case (.index(let index), .elements(let elements)):
                guard elements.indices.contains(index) else { return node.line }
                node = elements[index]
            default: return node.line
            }
        }
        return node.line
    }

    /// The nesting of the text is limited by the reader that has read it before.
    private static func node(_ event: YAMLEvent, _ events: YAMLEventParser) throws(YAMLSyntaxError) -> Node {
        var node = Node(line: event.start.line + 1)
        switch event.kind {
        case .sequenceStart:
            var elements: [Node] = []
            while true {
                let next = try events.next()
                if case .sequenceEnd = next.kind { break }
                elements.append(try self.node(next, events))
            }
            node.children = .elements(elements)
        case .mappingStart:
            var members: [String: Node] = [:]
            while true {
                let key = try events.next()
                if case .mappingEnd = key.kind { break }
                let name = if case .scalar(let scalar) = key.kind { YAMLReader.key(scalar) } else { "" }
                let line = try self.node(key, events).line
                members[name] = try self.node(try events.next(), events)
                members[name]?.line = line
            }
            node.children = .members(members)
        default: break
        }
        return node
    }
}
