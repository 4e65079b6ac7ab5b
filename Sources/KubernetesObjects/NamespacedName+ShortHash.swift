extension NamespacedName {
    /// A cheap hash, for tables of a fixed size in which newer names replace older ones.
    package var shortHash: Int {
        var hash: UInt = 5381
        for byte in name.utf8 { hash = hash &* 33 ^ UInt(byte) }
        for byte in namespace.utf8 { hash = hash &* 33 ^ UInt(byte) }
        return Int((hash ^ hash >> 15) & UInt(Int.max))
    }
}
