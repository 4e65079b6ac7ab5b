internal import JSON

/// The members of a mapping that is being read. The mapping's own members take precedence over those from a merge key,
/// whatever their order.
struct YAMLMembers {
    /// With more members than this, their places are looked up in a dictionary.
    private static let longestSearch = 16

    private(set) var all: [JSONTree.Member] = []
    /// The places of the members that come from merge keys.
    private var merged: Set<Int> = []
    /// The places of all members, if there are many.
    private var places: [JSONString: Int] = [:]

    private func place(of key: JSONString) -> Int? {
        all.count > Self.longestSearch ? places[key] : all.firstIndex { $0.key == key }
    }

    /// Whether the mapping itself does not have the key yet.
    func canAdd(_ key: JSONString) -> Bool { place(of: key).map(merged.contains) ?? true }

    /// Adds a member of the mapping itself.
    mutating func add(_ key: JSONString, _ value: JSONTree) {
        let member = JSONTree.Member(key: key, value: value)
        guard let place = place(of: key) else { return append(member) }
        all[place] = member
        merged.remove(place)
    }

    /// Adds those of another mapping's members whose keys are not there yet.
    mutating func merge(_ others: [JSONTree.Member]) {
        for member in others where place(of: member.key) == nil {
            merged.insert(all.count)
            append(member)
        }
    }

    private mutating func append(_ member: JSONTree.Member) {
        all.append(member)
        if all.count == Self.longestSearch + 1 {
            for (place, member) in all.enumerated() { places[member.key] = place }
        } else if all.count > Self.longestSearch {
            places[member.key] = all.count - 1
        }
    }
}
