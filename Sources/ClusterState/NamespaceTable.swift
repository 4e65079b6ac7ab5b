/// Numbers the namespaces that contain names, and counts these names.
struct NamespaceTable: Sendable {
    private struct Namespace: Sendable {
        let number: Int32
        var count: Int
    }

    private var namespaces: [String: Namespace] = [:]
    /// The namespaces by number; empty for a number that is not in use.
    private var names: [String] = []
    private var unused: [Int32] = []

    /// The number of a namespace; nil if it contains no names.
    func find(_ namespace: String) -> Int32? { namespaces[namespace]?.number }

    /// - Parameter number: A number that is in use.
    func name(of number: Int32) -> String { names[Int(number)] }

    /// Counts one more name, and returns the number of the namespace.
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

    /// Counts one name less.
    mutating func removeName(in namespace: String) {
        guard var known = namespaces[namespace] else { return }
        known.count -= 1
        namespaces[namespace] = known.count > 0 ? known : nil
        guard known.count == 0 else { return }
        names[Int(known.number)] = ""
        unused.append(known.number)
    }
}
