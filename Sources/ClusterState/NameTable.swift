internal import KubernetesObjects

/// Numbers the names of very many objects, starting from 0. The texts are stored contiguously in one array: a name
/// takes its own bytes and about 25 more. When a name is removed, its number is reused.
struct NameTable: Sendable {
    private struct Place: Sendable {
        /// The position in `texts`.
        var start: Int
        /// In bytes. A name comes from a response, which is far smaller than 2 GiB.
        var length: Int32
        /// The number of the namespace; negative for an entry that is not in use.
        var namespace: Int32
    }

    private var texts: [UInt8] = []
    /// The number of bytes of `texts` that belong to removed names.
    private var wasted = 0
    /// By the number of the name.
    private var places: [Place] = []
    private var unused: [Int32] = []
    private var namespaces = NamespaceTable()
    /// A hash table with linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4): the number of
    /// a name, or -1. The number of slots is a power of two, and at least a quarter of them are free.
    private var slots: [Int32] = Array(repeating: -1, count: 16)

    var count: Int { places.count - unused.count }

    /// The number of bytes of all texts, including wasted ones.
    var textBytes: Int { texts.count }

    func find(_ name: NamespacedName) -> Int? {
        guard let namespace = namespaces.find(name.namespace) else { return nil }
        var text = name.name
        let slot = text.withUTF8 { text in
            firstSlot(from: home(of: text, namespace)) { number in
                let place = places[number]
                return place.namespace == namespace && texts[range(of: place)].elementsEqual(text)
            }
        }
        return slots[slot] < 0 ? nil : Int(slots[slot])
    }

    func hasNames(inNamespace namespace: String) -> Bool { namespaces.find(namespace) != nil }

    /// Copies of all names, with their numbers.
    var all: some Sequence<(name: NamespacedName, number: Int)> {
        places.indices.lazy.filter { places[$0].namespace >= 0 }.map { number in
            let place = places[number]
            let text = String(decoding: texts[range(of: place)], as: UTF8.self)
            return (NamespacedName(namespace: namespaces.name(of: place.namespace), name: text), number)
        }
    }

    // MARK: Changing

    /// The number of the name; for a new name, it is at most the count of all numbers so far.
    mutating func insert(_ name: NamespacedName) -> (number: Int, isNew: Bool) {
        if let number = find(name) { return (number, false) }
        if (count + 1) * 4 > slots.count * 3 { growSlots() }
        let start = texts.count
        texts.append(contentsOf: name.name.utf8)
        let place = Place(
            start: start,
            length: Int32(texts.count - start),
            namespace: namespaces.addName(in: name.namespace)
        )
        let number = unused.popLast() ?? Int32(places.count)
        if number == places.count { places.append(place) } else { places[Int(number)] = place }
        slots[firstSlot(from: home(of: place))] = number
        return (Int(number), true)
    }

    /// The number that the name had; nil if it was not there.
    mutating func remove(_ name: NamespacedName) -> Int? {
        guard let number = find(name) else { return nil }
        let place = places[number]
        vacate(firstSlot(from: home(of: place)) { $0 == number })
        namespaces.removeName(in: name.namespace)
        places[number].namespace = -1
        unused.append(Int32(number))
        wasted += Int(place.length)
        if wasted > 4096, wasted > texts.count / 2 { compactTexts() }
        return number
    }

    private mutating func compactTexts() {
        var compact: [UInt8] = []
        compact.reserveCapacity(texts.count - wasted)
        for number in places.indices where places[number].namespace >= 0 {
            let start = compact.count
            compact += texts[range(of: places[number])]
            places[number].start = start
        }
        (texts, wasted) = (compact, 0)
    }

    private func range(of place: Place) -> Range<Int> { place.start..<place.start + Int(place.length) }
}

// MARK: Slots

extension NameTable {
    /// The slot at which a search begins. The hash is keyed, so that clients who may choose names cannot make them
    /// collide.
    private func home(of text: UnsafeBufferPointer<UInt8>, _ namespace: Int32) -> Int {
        var hasher = Hasher()
        hasher.combine(namespace)
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        return hasher.finalize() & (slots.count - 1)
    }

    private func home(of place: Place) -> Int {
        texts[range(of: place)].withUnsafeBufferPointer { home(of: $0, place.namespace) }
    }

    /// The first slot that is free, or whose number meets the condition. There is always a free one.
    private func firstSlot(from home: Int, where isWanted: (Int) -> Bool = { _ in false }) -> Int {
        var slot = home
        while slots[slot] >= 0, !isWanted(Int(slots[slot])) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// Frees a slot, and moves the numbers after it that a search would otherwise not find.
    private mutating func vacate(_ slot: Int) {
        let mask = slots.count - 1
        var (hole, next) = (slot, (slot + 1) & mask)
        while slots[next] >= 0 {
            let home = home(of: places[Int(slots[next])])
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = -1
    }

    private mutating func growSlots() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for number in places.indices where places[number].namespace >= 0 {
            slots[firstSlot(from: home(of: places[number]))] = Int32(number)
        }
    }
}
