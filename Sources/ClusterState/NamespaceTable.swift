/// Numbers the namespaces that have names in them, and counts these.
struct NamespaceTable: Sendable {
    private struct Namespace: Sendable {
        let number: Int32
        var count: Int
    }

    private var namespaces: [String: Namespace] = [:]
    /// By their numbers; empty for one that is not in use.
    private var names: [String] = []
    private var unused: [Int32] = []

    /// The number of a namespace; nil if there is no name in it.
    func find(_ namespace: String) -> Int32? { namespaces[namespace]?.number }

    /// - Parameter number: One that is in use.
    func name(of number: Int32) -> String { names[Int(number)] }

    /// Counts a name more, and returns the number of the namespace.
    mutating func addName(in namespace: String) -> Int32 {
        if let known = namespaces[namespace] {
            namespaces[namespace]?.count += 1
            return known.number
        }
        let number = unused.popLast() ?? Int32(names.count)
        if number == names.count { names.append(namespace) } else { names[Int(number)] = namespace }
        namespaces[namespace] = Namespace(number: number, count: 1)
        return number
    }

    /// Counts a name less.
    mutating func removeName(in namespace: String) {
        guard var known = namespaces[namespace] else { return }
        known.count -= 1
        namespaces[namespace] = known.count > 0 ? known : nil
        guard known.count == 0 else { return }
        names[Int(known.number)] = ""
        unused.append(known.number)
    }
}
