// Functions over the items of anything that `for` walks. The function comes first, the items last. Of a sequence, `map`
// and `filter` are sequences themselves: nothing is computed before somebody walks.
import Diagnostics
import Tensor
import VM

private let itemsParameter = BuiltinParameter(
  "xs", .iterable, .required, "a list, range, record (its keys), string, tensor or sequence")
private let predicateParameter = BuiltinParameter(
  "f", .function, .required, "function of one item that gives a boolean")
private let asItems = Derivative.none(because: "it moves values; what is in them keeps its derivative")

extension Library {
  static let functions: [Builtin] = [map, filter, fold, scan, flatMap, partition, sequence]

  private static let map = Builtin(
    "map",
    [BuiltinParameter("f", .function, .required, "function of one item"), itemsParameter],
    summary: "f of each item, as a list.", details: "`[f(x) for x in xs]` is the same. Of a sequence it is a sequence.",
    example: "print(map(x => x + 1, [1, 2]))", expected: "[2, 3]", derivative: .composed
  ) { call in
    let function = try call.function(0)
    if call[1].tag == .sequence {
      let start = call.heap.retained(SequenceRef(call[1]).state)
      return call.derivedSequence(of: 1, start: start, holding: [function]) { call, step, state in
        guard let (item, next) = try call.stepped(step, state) else { return nil }
        defer { call.heap.release(item) }
        do { return (try call.machine.call(call.held[0], [item]), next) } catch {
          call.heap.release(next)
          throw error
        }
      }
    }
    return try call.withItems(1) { items in try call.mapped(items) { try call.machine.call(function, [$0]) } }
  }

  private static let filter = Builtin(
    "filter", [predicateParameter, itemsParameter], summary: "The items for which f gives true.",
    details: "Of a sequence it is a sequence.", example: "print(filter(x => x > 1, [1, 2, 3]))", expected: "[2, 3]",
    derivative: asItems
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    if call[1].tag == .sequence {
      let start = heap.retained(SequenceRef(call[1]).state)
      return call.derivedSequence(of: 1, start: start, holding: [function]) { call, step, state in
        var state = call.heap.retained(state)
        do {
          while let (item, next) = try call.stepped(step, state) {
            call.heap.replace(&state, with: next)
            do {
              if try call.isTrue(call.held[0], of: item, "the function of filter") { return (item, state) }
            } catch {
              call.heap.release(item)
              throw error
            }
            call.heap.release(item)
          }
        } catch {
          call.heap.release(state)
          throw error
        }
        call.heap.release(state)
        return nil
      }
    }
    return try call.withItems(1) { items in
      try call.building { list in
        for item in items.buffer where try call.isTrue(function, of: item, "the function of filter") {
          list.append(heap.retained(item), heap)
        }
      }
    }
  }

  private static let fold = Builtin(
    "fold",
    [
      BuiltinParameter("f", .function, .required, "function of what was accumulated and an item"),
      BuiltinParameter("init", .any, .required, "what to begin with"), itemsParameter,
    ],
    summary: "f(..f(f(init, first), second).., last).", example: "print(fold((a, x) => a * 10 + x, 0, [1, 2, 3]))",
    expected: "123", derivative: .composed
  ) { call in
    let function = try call.function(0)
    var result = call.heap.retained(call[1])
    do {
      try call.walk(2) { walk in
        while let item = try walk.next() { try call.accumulate(function, &result, item) }
      }
    } catch {
      call.heap.release(result)
      throw error
    }
    return result
  }

  private static let scan = Builtin(
    "scan",
    [
      BuiltinParameter("f", .function, .required, "function of what was accumulated and an item"),
      BuiltinParameter("init", .any, .required, "what to begin with"), itemsParameter,
    ],
    summary: "What `fold` has accumulated after each item, as a list.", details: "As long as xs: `init` is not in it.",
    example: "print(scan((a, x) => a + x, 0, [1, 2, 3]))", expected: "[1, 3, 6]", derivative: .composed
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    var result = heap.retained(call[1])
    defer { heap.release(result) }
    return try call.building { list in
      try call.walk(2) { walk in
        while let item = try walk.next() {
          try call.accumulate(function, &result, item)
          list.append(heap.retained(result), heap)
        }
      }
    }
  }

  private static let flatMap = Builtin(
    "flat_map",
    [BuiltinParameter("f", .function, .required, "function of one item that gives a list"), itemsParameter],
    summary: "The items of the lists that f gives, one behind the other.",
    example: "print(flat_map(x => [x, -x], [1, 2]))", expected: "[1, -1, 2, -2]", derivative: .composed
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    return try call.building { list in
      try call.walk(1) { walk in
        while let item = try walk.next() {
          defer { heap.release(item) }
          let part = try call.machine.call(function, [item])
          defer { heap.release(part) }
          guard let items = try call.items(of: part) else {
            throw call.wrong(0, "a function that gives a list", found: part)
          }
          defer { heap.release(items) }
          for inner in ListRef(items).buffer { list.append(heap.retained(inner), heap) }
        }
      }
    }
  }

  private static let partition = Builtin(
    "partition", [predicateParameter, itemsParameter],
    summary: "Two lists: the items for which f gives true, and the others.",
    example: "let [even, odd] = partition(x => x % 2 == 0, 0..5)\nprint(even, odd)", expected: "[0, 2, 4] [1, 3]",
    derivative: asItems
  ) { call in
    let heap = call.heap
    let function = try call.function(0)
    return try call.building { both in
      both.append(heap.list(capacity: 4), heap)
      both.append(heap.list(capacity: 4), heap)
      try call.withItems(1) { items in
        for item in items.buffer {
          let side = try call.isTrue(function, of: item, "the function of partition") ? both[0] : both[1]
          ListRef(side).append(heap.retained(item), heap)
        }
      }
    }
  }

  private static let sequence = Builtin(
    "sequence",
    [
      BuiltinParameter("start", .any, .required, "the first state"),
      BuiltinParameter("step", .function, .required, "function of a state that gives `[item, next state]`, or none"),
    ],
    summary: "A list that is made as it is walked.",
    details: """
      `for`, comprehensions and everything that takes items walk it, each walk from `start`; it ends where `step` gives \
      none. One without an end is walked by `take`, `zip`, or a loop with `break`.
      """,
    example: "let powers = sequence(1, n => [n, 2 * n])\nprint(take(powers, 5))\n"
      + "print([n for n in sequence(3, n => if n == 0 { none } else { [n, n - 1] })])",
    expected: "[1, 2, 4, 8, 16]\n[3, 2, 1]", derivative: asItems
  ) { call in
    let function = try call.function(1)
    return call.heap.sequence(state: call.heap.retained(call[0]), step: call.heap.retained(function))
  }
}

/// What the step of a derived sequence sees: a call, and the values that the sequence holds.
struct DerivedStep {
  let machine: Machine
  let held: [Value]
  var heap: Heap { machine.heap }

  func stepped(_ step: Value, _ state: Value) throws -> (item: Value, next: Value)? {
    try machine.stepped(step, state)
  }
  func isTrue(_ function: Value, of item: Value, _ what: String) throws -> Bool {
    try machine.isTrue(function, of: item, what)
  }
}

extension Call {
  /// A sequence that is made of the sequence in argument `index`. `step` (of the call, the step of the inner sequence and
  /// a state) gives an owned item and next state. Takes over `start`.
  func derivedSequence(
    of index: Int = 0, start: Value, holding held: [Value] = [],
    _ step: @escaping (DerivedStep, Value, Value) throws -> (item: Value, next: Value)?
  ) -> Value {
    let inner = SequenceRef(arguments[index]).step
    let captured = ([inner] + held).map { heap.retained($0) }
    let bound = BoundFunction(name: "\(name)(..)", heap: heap, captured: captured) { machine, captured, positional, _ in
      guard let state = positional.first else { return .none }
      let context = DerivedStep(machine: machine, held: Array(captured.dropFirst()))
      guard let (item, next) = try step(context, captured[0], state) else { return .none }
      return machine.heap.list([item, next])
    }
    return heap.sequence(state: start, step: heap.box(bound))
  }

  func isTrue(_ function: Value, of item: Value, _ what: String) throws -> Bool {
    try machine.isTrue(function, of: item, what)
  }

  /// `result = f(result, item)`; takes over `item`.
  func accumulate(_ function: Value, _ result: inout Value, _ item: Value) throws {
    defer { heap.release(item) }
    // Given up, so that `(xs, x) => append(xs, x)` grows one list in place.
    let next = try machine.call(function, [result, item], named: [], moving: &result)
    heap.replace(&result, with: next)
  }
}

extension Machine {
  /// Whether f(item) is true; anything but a boolean is an error.
  func isTrue(_ function: Value, of item: Value, _ what: String) throws -> Bool {
    let verdict = try call(function, [item])
    defer { heap.release(verdict) }
    return try truth(verdict, of: what)
  }

  func truth(_ value: Value, of what: String) throws -> Bool {
    if value.tag == .bool { return value.bool }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .bool(let flag) = try heap.graph.scalarValue(tensorNode(value))
    {
      return flag
    }
    throw Diagnostic(.wrongType(operation: what, expected: "true or false", found: heap.typeName(value)), at: nil)
  }

  /// `step(state)` of a sequence: the item and the next state, both owned; nil at the end.
  func stepped(_ step: Value, _ state: Value) throws -> (item: Value, next: Value)? {
    let pair = try call(step, [state])
    defer { heap.release(pair) }
    if pair.tag == .none { return nil }
    guard pair.tag == .list, ListRef(pair).count == 2 else {
      throw Diagnostic(
        .wrongType(
          operation: "the step of a sequence", expected: "a result [item, next] or none", found: heap.typeName(pair)),
        at: nil)
    }
    return (heap.retained(ListRef(pair)[0]), heap.retained(ListRef(pair)[1]))
  }
}
