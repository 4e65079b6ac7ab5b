extension NamespacedName {
    /// A number that costs little, for tables of a fixed size in which a newer name takes the place of an older one.
    package var shortHash: Int {
        var hash: UInt = 5381
        for byte in name.utf8 { hash = hash &* 33 ^ UInt(byte) }
        for byte in namespace.utf8 { hash = hash &* 33 ^ UInt(byte) }
        return Int((hash ^ hash >> 15) & UInt(Int.max))
    }
}
