/// A node of a manifest as written, with its place. Places are offsets in bytes from the start of the document.
struct SourceNode {
    indirect enum Content {
        case scalar
        case sequence([SourceNode])
        case mapping([Member])
        /// The node that the alias refers to.
        case alias(SourceNode)
    }

    struct Member {
        var key: String
        /// Whether this is a merge key (yaml.org/type/merge.html).
        var isMerge: Bool
        var keyStart: Int
        var value: SourceNode
    }

    var content: Content
    /// Whether the node is a collection in brackets.
    var isFlow = false
    /// The start of the node after its anchor and tag. A block sequence starts at its first dash.
    var start: Int
    /// The end of the node. A block collection ends with its last leaf, and a scalar in a block before its last line feed.
    var end: Int

    /// The node itself, or the one that it is an alias for.
    var target: SourceNode {
        if case .alias(let node) = content { node } else { self }
    }

    var isAlias: Bool {
        if case .alias = content { true } else { false }
    }

    /// The starts of this collection's items.
    var itemStarts: [Int] {
        switch content {
        case .sequence(let elements): elements.map(\.start)
        case .mapping(let members): members.map(\.keyStart)
        default: []
        }
    }

    /// The last leaf node in this one.
    var lastLeaf: SourceNode {
        switch content {
        case .sequence(let elements): elements.last?.lastLeaf ?? self
        case .mapping(let members): members.last?.value.lastLeaf ?? self
        case .scalar, .alias: self
        }
    }

    /// The end of the last item of this collection.
    var lastItemEnd: Int? {
        switch content {
        case .sequence(let elements): elements.last?.end
        case .mapping(let members): members.last?.value.end
        default: nil
        }
    }
}

extension SourceNode {
    /// The members of a mapping that are not merge keys.
    func member(_ key: String) -> Member? {
        guard case .mapping(let members) = content else { return nil }
        return members.first { !$0.isMerge && $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// The value that a merge key gives the mapping for a name that it does not have itself.
    func mergedValue(_ key: String) -> SourceNode? {
        guard case .mapping(let members) = content else { return nil }
        for merge in members where merge.isMerge {
            let value = merge.value.target
            var sources = [value]
            if case .sequence(let elements) = value.content { sources = elements.map(\.target) }
            for source in sources {
                if let found = source.member(key)?.value ?? source.mergedValue(key) { return found }
            }
        }
        return nil
    }
}
