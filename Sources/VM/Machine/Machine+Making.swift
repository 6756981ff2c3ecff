// Slow paths of literals: records, spreads, ranges, interpolated strings, and taking lists apart.
import Diagnostics
import Tensor

extension Machine {
  @inline(never) func makeRecord(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) {
    let code = codes[frame.pointee.record.pointee.id]
    let window = base + i.b
    let value = heap.record(layout: code.layouts[i.c], owned: window)
    for index in 0..<code.layoutCounts[i.c] { window[index] = .none }
    put(base + i.a, value)
  }

  @inline(never) func insertField(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    try heap.reserveCopy(base + i.a)
    let key = try heap.key(base[i.b])
    heap.makeUnique(base + i.a)
    RecordRef(base[i.a]).insert(key, heap.retained(base[i.c]), heap)
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
    if i.flags & Flag.killC != 0 { put(base + i.c, .none) }
  }

  @inline(never) func spreadRecord(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    guard base[i.b].tag == .record else { throw wrongType("`...` in a record", "a record", base[i.b]) }
    try heap.reserveCopy(base + i.a)
    heap.makeUnique(base + i.a)
    let source = RecordRef(base[i.b])
    let target = RecordRef(base[i.a])
    for index in 0..<source.count {
      target.insert(heap.retained(source.key(at: index, heap)), heap.retained(source.value(at: index, heap)), heap)
    }
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
  }

  @inline(never) func spreadList(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    let state = UnsafeMutablePointer<Value>.allocate(capacity: 3)
    state.initialize(repeating: .none, count: 3)
    defer {
      for index in 0..<3 { heap.release(state[index]) }
      state.deallocate()
    }
    state[0] = heap.retained(base[i.b])
    let target = ListRef(base[i.a])
    // An error in the middle leaves the list that is being built: nobody sees it.
    try prepareIteration(state)
    while try iterateSlow(state, state + 2) {
      target.append(state[2], heap)
      state[2] = .none
    }
    if i.flags & Flag.killB != 0 { put(base + i.b, .none) }
  }

  @inline(never) func makeRange(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    let window = base + i.b
    try prepareRange(window)
    put(base + i.a, heap.range(window[0].int, window[1].int, step: window[2].int))
  }

  /// Makes start, end and step integers; scalars go wherever numbers go.
  @inline(never) func prepareRange(_ window: UnsafeMutablePointer<Value>) throws {
    var numbers = (0, 0, 0)
    func number(_ index: Int) throws -> Int {
      guard let number = try integer(window[index]) else {
        throw wrongType(
          "a range", "integers", window[index],
          help: window[index].tag == .float ? "`linspace` and `arange` count in floats" : nil)
      }
      return number
    }
    numbers = (try number(0), try number(1), try number(2))
    if numbers.2 == 0 { throw Diagnostic(.badValue(operation: "a range", detail: "its step is 0"), at: nil) }
    put(window, Value(numbers.0))
    put(window + 1, Value(numbers.1))
    put(window + 2, Value(numbers.2))
  }

  @inline(never) func interpolate(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    noteSite(frame.pointee.ip)
    var buffer = TextBuffer(capacity: 64)
    defer { buffer.free() }
    let window = base + i.b
    var next = 0
    for part in codes[frame.pointee.record.pointee.id].templates[i.c] {
      switch part {
      case .text(let text): buffer.append(text)
      case .value(nil):
        try heap.display(window[next], into: &buffer)
        next += 1
      case .value(let spec?):
        try heap.format(window[next], spec, into: &buffer)
        next += 1
      case .badFormat(let text): throw heap.badSpec(text)
      }
    }
    for index in 0..<next { put(window + index, .none) }
    put(base + i.a, heap.string(buffer))
  }

  /// `let [a, b] = xs`: exactly as many items as names.
  @inline(never) func unpack(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    let value = base[i.a]
    noteSite(frame.pointee.ip)
    let count: Int
    switch value.tag {
    case .list: count = ListRef(value).count
    case .tensor where tensorNode(value).rank > 0: count = tensorNode(value).dim(0)
    default: throw wrongType("taking apart", "a list of \(i.c) items", value)
    }
    if count != i.c {
      throw Diagnostic(
        .badValue(operation: "taking apart", detail: "there are \(i.c) names for \(count) items"), at: nil)
    }
    if value.tag == .list {
      for index in 0..<count { put(base + (i.b + index), heap.retained(ListRef(value)[index])) }
    } else {
      touchedGraph = true
      for index in 0..<count {
        put(base + (i.b + index), Value(try heap.graph.slice(tensorNode(value), [.index(index)])))
      }
    }
    if i.flags & Flag.killA != 0 { put(base + i.a, .none) }
  }
}
