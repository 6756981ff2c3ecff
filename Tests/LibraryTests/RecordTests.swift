// Records against a plain model (an array of pairs), through both modes and every switch between them.
import Tensor
import Testing
import VM

/// A small generator, so that a failure repeats.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct RecordTests {
  enum ModelKey: Hashable {
    case int(Int)
    case text(String)
    case pair(Int, String)
  }

  func value(_ heap: Heap, _ key: ModelKey) -> Value {
    switch key {
    case .int(let number): Value(number)
    case .text(let text): heap.string(text)
    case .pair(let number, let text): heap.list([Value(number), heap.string(text)])
    }
  }

  @Test(arguments: 1...40) func agreesWithTheModel(seed: Int) throws {
    let heap = Heap(graph: Graph())
    var random = SplitMix(state: UInt64(seed))
    var record = heap.record()
    var order: [ModelKey] = []
    var model: [ModelKey: Int] = [:]
    let range = seed % 3 == 0 ? 20 : 400
    let onlyStrings = seed % 2 == 0
    for step in 0..<4000 {
      let number = Int.random(in: 0..<range, using: &random)
      let kind = onlyStrings ? 1 : Int.random(in: 0..<3, using: &random)
      let key: ModelKey = kind == 0 ? .int(number) : (kind == 1 ? .text("k\(number)") : .pair(number, "p"))
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        let found = value(heap, key)
        let removed = heap.removeField(found, from: &record)
        heap.release(found)
        #expect(removed == (model.removeValue(forKey: key) != nil))
        order.removeAll { $0 == key }
      case 1:
        let wanted = value(heap, key)
        #expect(RecordRef(record).lookup(wanted, heap)?.int == model[key])
        heap.release(wanted)
      default:
        heap.makeUnique(&record)
        RecordRef(record).insert(value(heap, key), Value(step), heap)
        if model.updateValue(step, forKey: key) == nil { order.append(key) }
      }
      if step % 97 == 0 { try compare(heap, record, order, model) }
      if step % 501 == 0 {
        // A shared copy must not change with its origin.
        let shared = heap.retained(record)
        heap.makeUnique(&record)
        RecordRef(record).insert(heap.string("only here"), Value(0), heap)
        #expect(RecordRef(shared).count == order.count)
        let marker = heap.string("only here")
        _ = heap.removeField(marker, from: &record)
        heap.release(marker)
        #expect(try heap.same(record, shared))
        heap.release(shared)
      }
    }
    try compare(heap, record, order, model)
    heap.release(record)
  }

  func compare(_ heap: Heap, _ record: Value, _ order: [ModelKey], _ model: [ModelKey: Int]) throws {
    #expect(RecordRef(record).count == order.count)
    for (index, key) in order.enumerated() {
      let expected = value(heap, key)
      #expect(try heap.same(RecordRef(record).key(at: index, heap), expected))
      #expect(RecordRef(record).value(at: index, heap).int == model[key])
      heap.release(expected)
    }
  }

  @Test func layoutsAreShared() {
    let heap = Heap(graph: Graph())
    let a = heap.record(["x": Value(1), "y": Value(2)])
    let b = heap.record(["x": Value(3), "y": Value(4)])
    #expect(RecordRef(a).layoutID == RecordRef(b).layoutID)
    #expect(RecordRef(a).layoutID != Layout.dictionary)
  }

  @Test func equalityIgnoresOrderAndMode() throws {
    let heap = Heap(graph: Graph())
    let a = heap.record(["x": Value(1), "y": Value(2.0)])
    let b = heap.record(["y": Value(2), "x": Value(1)])
    #expect(try heap.same(a, b))
    #expect(heap.hash(a) == heap.hash(b))
    RecordRef(b).insert(Value(7), Value(0), heap)
    #expect(RecordRef(b).layoutID == Layout.dictionary)
    var shrunk = b
    #expect(heap.removeField(Value(7), from: &shrunk))
    #expect(try heap.same(a, shrunk) && heap.same(shrunk, a))
    #expect(heap.hash(a) == heap.hash(shrunk))
  }

  @Test func keysAreNormalised() throws {
    let heap = Heap(graph: Graph())
    let record = heap.record()
    RecordRef(record).insert(try heap.key(Value(1.0)), Value(5), heap)
    #expect(RecordRef(record).lookup(Value(1), heap)?.int == 5)
    #expect(RecordRef(record).lookup(try heap.key(Value(1.5)), heap) == nil)
    RecordRef(record).insert(try heap.key(Value(-0.0)), Value(6), heap)
    #expect(RecordRef(record).lookup(Value(0), heap)?.int == 6)
    #expect(RecordRef(record).lookup(Value(true), heap) == nil)
    let generator = heap.generator(key: 1)
    #expect(throws: (any Error).self) { try heap.key(generator) }
  }
}
