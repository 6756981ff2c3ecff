// Walking over items one at a time, for builtins that need not see all of them (`take` of a sequence without an end),
// and making lists so that a failure half-way leaves nothing behind.
import Diagnostics
import Tensor
import VM

/// The items of something that `for` walks, as they are asked for. The owner calls `finish` once.
struct ItemWalk {
  private let call: Call
  private let walked: Value
  private let isSequence: Bool
  private var state: Value = .none
  private var position = 0

  /// nil when `value` has no items. A sequence is stepped only as far as it is walked; a range is counted.
  init?(_ value: Value, _ call: Call) throws {
    self.call = call
    isSequence = value.tag == .sequence
    if isSequence {
      walked = call.heap.retained(value)
      state = call.heap.retained(SequenceRef(value).state)
    } else if value.tag == .range {
      walked = call.heap.retained(value)
    } else {
      guard let items = try call.items(of: value) else { return nil }
      walked = items
    }
  }

  func finish() {
    call.heap.release(walked)
    call.heap.release(state)
  }

  /// How many items there are; nil for a sequence.
  var count: Int? {
    switch walked.tag {
    case .list: ListRef(walked).count
    case .range: RangeRef(walked).count
    default: nil
    }
  }

  /// The next item, owned; nil at the end.
  mutating func next() throws -> Value? {
    if isSequence {
      guard let (item, next) = try call.machine.stepped(SequenceRef(walked).step, state) else { return nil }
      call.heap.replace(&state, with: next)
      return item
    }
    if position >= count ?? 0 { return nil }
    position += 1
    return walked.tag == .range
      ? Value(RangeRef(walked)[position - 1]) : call.heap.retained(ListRef(walked)[position - 1])
  }

  /// The last item that is left, owned; nil when none is.
  mutating func last() throws -> Value? {
    if let count {
      position = max(position, count - 1)
      return try next()
    }
    var found: Value?
    do {
      while let item = try next() {
        if let found { call.heap.release(found) }
        found = item
      }
    } catch {
      if let found { call.heap.release(found) }
      throw error
    }
    return found
  }

  /// What is left of a sequence, as one; owned. `isOver`: nothing is.
  func rest(isOver: Bool) throws -> Value {
    if isOver { return call.heap.list(capacity: 0) }
    return call.heap.sequence(state: call.heap.retained(state), step: call.heap.retained(SequenceRef(walked).step))
  }
}

extension Call {
  /// A walk over argument `index`.
  func walk<Result>(_ index: Int, _ body: (inout ItemWalk) throws -> Result) throws -> Result {
    guard var walk = try ItemWalk(arguments[index], self) else {
      throw wrong(index, "something with items (a list, range, record, string, tensor or sequence)")
    }
    defer { walk.finish() }
    return try body(&walk)
  }

  /// The items of argument `index` as a list that is held while `body` runs.
  func withItems<Result>(_ index: Int, _ body: (ListRef) throws -> Result) throws -> Result {
    let items = try items(index)
    defer { heap.release(items) }
    return try body(ListRef(items))
  }

  /// A list that `fill` appends to; released when that fails.
  func building(capacity: Int = 4, _ fill: (ListRef) throws -> Void) throws -> Value {
    try heap.reserve(capacity, bytesEach: 16)
    let result = heap.list(capacity: capacity)
    do { try fill(ListRef(result)) } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  /// A record that `fill` inserts into; released when that fails.
  func buildingRecord(capacity: Int = 4, _ fill: (RecordRef) throws -> Void) throws -> Value {
    let result = heap.record(capacity: capacity)
    do { try fill(RecordRef(result)) } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  /// Argument `index`, an integer that is `least` or more.
  func count(_ index: Int, least: Int = 0) throws -> Int {
    let number = try int(index)
    if number < least { throw bad("`\(parameterName(index))` is \(number); it must be \(least) or more") }
    return number
  }

  /// Argument `index` as text that Swift holds; for names and paths, not for hot paths.
  func text(_ index: Int) throws -> String { try string(index).string }
}
