// Loops over anything but a list or a counted range. The state is two registers: what is walked, and a position in it
// (an index, or a byte offset in a string). A sequence replaces its state as it goes; a watched loop (`progress`) walks
// inside a box that tells the host.
import Diagnostics
import Tensor

/// A running loop over `progress(xs, label)`.
final class ProgressWalk {
  let label: String
  let loop: Int
  let total: Int?
  var done = 0
  /// State and position of the walk over the items.
  let state: UnsafeMutablePointer<Value>
  private let heap: Heap
  private let report: @Sendable (ProgressStep) -> Void
  private var isOver = false

  init(_ items: ProgressItems, loop: Int, total: Int?, machine: Machine) {
    label = items.label
    self.loop = loop
    self.total = total
    heap = machine.heap
    report = machine.host.progress
    state = .allocate(capacity: 2)
    state[0] = heap.retained(items.items)
    state[1] = Value(0)
    tell(isLast: false)
  }

  func tell(isLast: Bool) {
    if isOver { return }
    isOver = isLast
    report(ProgressStep(loop: loop, label: label, done: done, total: total, isLast: isLast))
  }

  deinit {
    tell(isLast: true)
    heap.release(state[0])
    state.deallocate()
  }
}

extension Machine {
  @inline(never) func prepareIteration(_ state: UnsafeMutablePointer<Value>) throws {
    // The register may hold what a variable that nobody read has left.
    put(state + 1, Value(0))
    switch state.pointee.tag {
    case .list, .range, .record, .string, .sequence: break
    case .tensor:
      if tensorNode(state.pointee).rank == 0 {
        throw wrongType("`for`", "something with items", state.pointee)
      }
    case .box:
      guard let items = state.pointee.progressItems else { fallthrough }
      let total = try itemCount(items.items)
      progressLoops += 1
      let walk = ProgressWalk(items, loop: progressLoops, total: total, machine: self)
      try prepareIteration(walk.state)
      put(state, heap.box(walk))
    default:
      throw wrongType(
        "`for`", "a list, range, record, string, tensor or sequence", state.pointee,
        help: state.pointee.tag == .int ? "`0..n` counts" : nil)
    }
  }

  /// How many items a loop will see; nil for a sequence.
  private func itemCount(_ value: Value) throws -> Int? {
    switch value.tag {
    case .list: ListRef(value).count
    case .range: RangeRef(value).count
    case .record: RecordRef(value).count
    case .string: StringRef(value).characterCount
    case .tensor: tensorNode(value).rank > 0 ? tensorNode(value).dim(0) : 0
    default: nil
    }
  }

  /// Stores the next item; false (and an empty state) when there is none.
  @inline(never) func iterateSlow(
    _ state: UnsafeMutablePointer<Value>, _ item: UnsafeMutablePointer<Value>
  ) throws -> Bool {
    guard let value = try nextItem(state) else {
      put(state, .none)
      return false
    }
    put(item, value)
    return true
  }

  private func nextItem(_ state: UnsafeMutablePointer<Value>) throws -> Value? {
    let walked = state.pointee
    let position = state[1].int
    switch walked.tag {
    case .list:
      guard position < ListRef(walked).count else { return nil }
      state[1] = Value(position + 1)
      return heap.retained(ListRef(walked)[position])
    case .range:
      guard position < RangeRef(walked).count else { return nil }
      state[1] = Value(position + 1)
      return Value(RangeRef(walked)[position])
    case .record:
      guard position < RecordRef(walked).count else { return nil }
      state[1] = Value(position + 1)
      return heap.retained(RecordRef(walked).key(at: position, heap))
    case .string:
      let bytes = StringRef(walked).utf8
      guard position < bytes.count else { return nil }
      var end = position + 1
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
      state[1] = Value(end)
      return heap.string(utf8: UnsafeBufferPointer(rebasing: bytes[position..<end]))
    case .tensor:
      guard position < tensorNode(walked).dim(0) else { return nil }
      noteSite(frame.pointee.ip)
      touchedGraph = true
      let row = try heap.graph.slice(tensorNode(walked), [.index(position)])
      state[1] = Value(position + 1)
      return Value(row)
    case .sequence: return try nextOfSequence(state)
    case .box:
      guard let walk = BoxRef(walked).content as? ProgressWalk else { return nil }
      if state[1].int > 0 {
        walk.done += 1
        walk.tell(isLast: false)
      }
      state[1] = Value(1)
      guard let item = try nextItem(walk.state) else {
        walk.tell(isLast: true)
        return nil
      }
      return item
    default: return nil
    }
  }

  /// `step(state)` gives `[item, next]` or none.
  private func nextOfSequence(_ state: UnsafeMutablePointer<Value>) throws -> Value? {
    let sequence = SequenceRef(state.pointee)
    noteSite(frame.pointee.ip)
    let pair = try call(sequence.step, [sequence.state])
    defer { heap.release(pair) }
    if pair.tag == .none { return nil }
    guard pair.tag == .list, ListRef(pair).count == 2 else {
      throw wrongType("the step of a sequence", "a result [item, next] or none", pair)
    }
    let item = heap.retained(ListRef(pair)[0])
    let step = heap.retained(SequenceRef(state.pointee).step)
    put(state, heap.sequence(state: heap.retained(ListRef(pair)[1]), step: step))
    return item
  }

  // MARK: Back-edges

  /// Limits, and the graph's chance to compute what has piled up. What no later instruction reads is let go first, so
  /// that dead values do not count as wanted.
  @inline(never) func backEdge(
    _ ip: UnsafeMutablePointer<Instruction>, _ base: UnsafeMutablePointer<Value>
  ) throws {
    if touchedGraph {
      touchedGraph = false
      let recorded = heap.graph.mark()
      if recorded != lastRecorded {
        lastRecorded = recorded
        let record = frame.pointee.record
        let code = codes[record.pointee.id]
        if let live = code.backEdges[ip - record.pointee.entry - 1] { releaseDead(code, live) }
        try heap.graph.backEdge()
      }
    }
    if fuel < 0 { try checkLimits() }
  }

  /// The end of a `try` block: what can fail is computed where the error is caught.
  func settle(_ mark: Int) throws {
    try heap.graph.settle(since: mark)
  }
}
