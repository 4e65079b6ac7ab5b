import KubernetesObjects
import TestSupport
import Testing

@testable import ClusterState

@Suite("A table of names", .timeLimit(.minutes(5)))
struct NameTableTests {
    @Test("has the content of a dictionary through insertions and removals", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = NameTable()
        var model: [NamespacedName: Int] = [:]
        for step in 0..<20_000 {
            let text = String(repeating: "x", count: .random(in: 0..<40, using: &random))
            let namespace = "n\(Int.random(in: 0..<5, using: &random))"
            let name = NamespacedName(namespace: namespace, name: "\(text)\(Int.random(in: 0..<5, using: &random))")
            // It first grows, and then shrinks.
            if Int.random(in: 0..<20_000, using: &random) > step {
                let (number, isNew) = table.insert(name)
                #expect(isNew == (model[name] == nil))
                if isNew { #expect(!model.values.contains(number)) } else { #expect(model[name] == number) }
                model[name] = number
            } else {
                #expect(table.remove(name) == model.removeValue(forKey: name))
            }
            #expect(table.find(name) == model[name])
            #expect(table.count == model.count)
        }
        #expect(Dictionary(uniqueKeysWithValues: table.all.map { ($0.name, $0.number) }) == model)
        for namespace in 0..<6 {
            let hasNames = model.keys.contains { $0.namespace == "n\(namespace)" }
            #expect(table.hasNames(inNamespace: "n\(namespace)") == hasNames)
        }
    }

    @Test("distinguishes the same name in two namespaces, and names that contain each other")
    func apart() {
        var table = NameTable()
        let names = [("a", "b"), ("b", "b"), ("a", "bb"), ("ab", ""), ("", "ab"), ("a", "")].map(NamespacedName.init)
        let numbers = names.map { table.insert($0).number }
        #expect(Set(numbers).count == names.count)
        #expect(names.map { table.find($0) } == numbers)
        #expect(table.find(NamespacedName(namespace: "b", name: "bb")) == nil)
        #expect(table.find(NamespacedName(namespace: "c", name: "b")) == nil)
    }

    @Test("does not grow while names are added and removed")
    func garbage() {
        var table = NameTable()
        for number in 0..<20_000 {
            let name = NamespacedName(namespace: "n\(number)", name: "name-\(number)")
            #expect(table.insert(name).number == 0)
            _ = table.remove(name)
        }
        #expect(table.count == 0)
        #expect(table.textBytes <= 8192)
    }
}

extension NamespacedName {
    fileprivate init(_ pair: (namespace: String, name: String)) {
        self.init(namespace: pair.namespace, name: pair.name)
    }
}
