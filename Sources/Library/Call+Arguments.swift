// How a builtin's body reads its arguments. Each accessor checks the kind and fails with a problem that names the
// builtin, the parameter and what was found; a scalar goes wherever a number goes.
import Diagnostics
import KernelTypes
import Tensor
import VM

extension Call {
  var heap: Heap { machine.heap }
  var graph: Graph { machine.heap.graph }
  var name: String { builtin.name }

  /// "clip: `low` is ... " problems.
  func wrong(_ index: Int, _ expected: String, help: String? = nil) -> Diagnostic {
    wrong(index, expected, found: arguments[index], help: help)
  }
  func wrong(_ index: Int, _ expected: String, found: Value, help: String? = nil) -> Diagnostic {
    Diagnostic(
      .wrongType(
        operation: name, expected: "\(expected) for `\(parameterName(index))`", found: heap.typeName(found)), at: nil,
      help: help)
  }
  func bad(_ detail: String, help: String? = nil) -> Diagnostic {
    Diagnostic(.badValue(operation: name, detail: detail), at: nil, help: help)
  }

  // Numbers.

  func int(_ index: Int) throws -> Int {
    let value = arguments[index]
    if value.tag == .int { return value.int }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .int(let number) = try graph.scalarValue(tensorNode(value))
    {
      return number
    }
    throw wrong(index, "an integer", help: value.tag == .float ? "`cast(x, i64)` makes an integer" : nil)
  }
  func int(_ index: Int, default fallback: Int) throws -> Int { isMissing(index) ? fallback : try int(index) }

  func number(_ index: Int) throws -> Double {
    if let number = try number(of: arguments[index]) { return number }
    throw wrong(index, "a number")
  }
  func number(_ index: Int, default fallback: Double) throws -> Double {
    isMissing(index) ? fallback : try number(index)
  }
  /// nil when `value` is no number and no scalar.
  func number(of value: Value) throws -> Double? {
    switch value.tag {
    case .int, .float: return value.asDouble
    case .tensor where tensorNode(value).rank == 0:
      switch try graph.scalarValue(tensorNode(value)) {
      case .float(let number): return number
      case .int(let number): return Double(number)
      case .bool: return nil
      }
    default: return nil
    }
  }
  func integer(of value: Value) throws -> Int? {
    if value.tag == .int { return value.int }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .int(let number) = try graph.scalarValue(tensorNode(value))
    {
      return number
    }
    return nil
  }

  func bool(_ index: Int, default fallback: Bool) throws -> Bool {
    let value = arguments[index]
    if isMissing(index) { return fallback }
    if value.tag == .bool { return value.bool }
    if value.tag == .tensor, tensorNode(value).rank == 0,
      case .bool(let flag) = try graph.scalarValue(tensorNode(value))
    {
      return flag
    }
    throw wrong(index, "true or false")
  }

  // Heap values.

  func string(_ index: Int) throws -> StringRef {
    guard arguments[index].tag == .string else { throw wrong(index, "a string", help: "`str(x)` makes one") }
    return StringRef(arguments[index])
  }
  func list(_ index: Int) throws -> ListRef {
    guard arguments[index].tag == .list else { throw wrong(index, "a list", help: listHelp(arguments[index])) }
    return ListRef(arguments[index])
  }
  private func listHelp(_ value: Value) -> String? {
    switch value.tag {
    case .tensor, .range, .sequence: "`list(x)` makes one"
    case .record: "`keys(r)`, `values(r)` and `items(r)` are lists"
    default: nil
    }
  }
  func record(_ index: Int) throws -> RecordRef {
    guard arguments[index].tag == .record else { throw wrong(index, "a record") }
    return RecordRef(arguments[index])
  }
  func function(_ index: Int) throws -> Value {
    guard arguments[index].isFunction else { throw wrong(index, "a function", help: "as in `x => 2 * x`") }
    return arguments[index]
  }
  func generator(_ index: Int) throws -> GeneratorRef {
    guard arguments[index].tag == .generator else {
      throw wrong(index, "a random generator", help: "`let rng = random(seed)` makes one")
    }
    return GeneratorRef(arguments[index])
  }

  // Tensors.

  /// The tensor that argument `index` is or can be made into (numbers, lists of numbers); owned.
  func tensor(_ index: Int) throws -> Node {
    let value = arguments[index]
    switch value.tag {
    case .tensor:
      heap.retain(value)
      return tensorNode(value)
    case .int, .float, .bool, .list, .range: return try TensorBuilder(call: self).node(value, nil)
    default: throw wrong(index, "a tensor")
    }
  }

  func dtype(_ index: Int, default fallback: DType) throws -> DType { try dtype(index) ?? fallback }
  /// nil when not given.
  func dtype(_ index: Int) throws -> DType? {
    if isMissing(index) { return nil }
    if arguments[index].tag == .string {
      let name = StringRef(arguments[index]).string
      for type in DType.allCases where type.name == name { return type }
    }
    throw wrong(index, "an element type (f32, f64, i64, bool)")
  }

  /// A shape: one size or a list of sizes, none negative (-1 where `wildcard`).
  func dims(_ index: Int, wildcard: Bool = false) throws -> [Int] {
    let value = arguments[index]
    if let size = try integer(of: value) { return [try checkedSize(size, index, wildcard)] }
    guard value.tag == .list else { throw wrong(index, "a shape such as [2, 3]") }
    let sizes = ListRef(value)
    return try (0..<sizes.count).map { position in
      guard let size = try integer(of: sizes[position]) else {
        throw wrong(index, "a list of integers", found: sizes[position])
      }
      return try checkedSize(size, index, wildcard)
    }
  }
  private func checkedSize(_ size: Int, _ index: Int, _ wildcard: Bool) throws -> Int {
    if size < 0 && !(wildcard && size == -1) {
      throw bad("`\(parameterName(index))` has the size \(size); sizes are 0 or more")
    }
    return size
  }

  /// Axes: one or a list of them; nil when not given.
  func axes(_ index: Int) throws -> [Int]? {
    if isMissing(index) { return nil }
    let value = arguments[index]
    if let axis = try integer(of: value) { return [axis] }
    guard value.tag == .list else { throw wrong(index, "an axis number or a list of them") }
    let list = ListRef(value)
    return try (0..<list.count).map { position in
      guard let axis = try integer(of: list[position]) else {
        throw wrong(index, "axis numbers", found: list[position])
      }
      return axis
    }
  }

  /// The axis counted from 0, checked against a rank.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    if axis < -rank || axis >= rank {
      throw Diagnostic(.axisOutOfRange(operation: name, axis: axis, rank: rank), at: nil)
    }
    return axis < 0 ? axis + rank : axis
  }

  // Sequences.

  /// The items of anything that `for` walks, as a list; owned.
  func items(_ index: Int) throws -> Value {
    guard let list = try items(of: arguments[index]) else {
      throw wrong(index, "something with items (a list, range, record, string, tensor or sequence)")
    }
    return list
  }

  /// nil when `value` has no items; the list is owned.
  func items(of value: Value) throws -> Value? {
    let heap = heap
    switch value.tag {
    case .list: return heap.retained(value)
    case .range:
      let range = RangeRef(value)
      let count = range.count
      try heap.reserve(count, bytesEach: 16)
      let result = heap.list(capacity: count)
      for index in 0..<count { ListRef(result).append(Value(range[index]), heap) }
      return result
    case .record:
      let record = RecordRef(value)
      let result = heap.list(capacity: record.count)
      for index in 0..<record.count { ListRef(result).append(heap.retained(record.key(at: index, heap)), heap) }
      return result
    case .string: return try characters(value)
    case .tensor: return try rows(tensorNode(value))
    case .sequence: return try walked(value)
    case .box:
      guard let watched = value.progressItems else { return nil }
      return try items(of: watched.items)
    default: return nil
    }
  }

  private func characters(_ value: Value) throws -> Value {
    let heap = heap
    let utf8 = StringRef(value).utf8
    // A slot of the list and a short string each.
    try heap.reserve(bytes: utf8.count.multipliedReportingOverflow(by: 64).partialValue)
    let result = heap.list(capacity: utf8.count)
    var start = 0
    while start < utf8.count {
      var end = start + 1
      while end < utf8.count && utf8[end] & 0xC0 == 0x80 { end += 1 }
      ListRef(result).append(heap.string(utf8: UnsafeBufferPointer(rebasing: utf8[start..<end])), heap)
      start = end
    }
    return result
  }

  /// Rows of a tensor: scalars that carry derivatives, or plain numbers where there is none to carry.
  private func rows(_ node: Node) throws -> Value {
    guard node.rank > 0 else { throw bad("a scalar has no items") }
    let heap = heap
    let count = node.dim(0)
    let result = heap.list(capacity: count)
    do {
      if node.rank == 1 && !node.isTracked {
        // Nothing to carry: integers and booleans as plain numbers, floats as scalars of their type.
        try graph.force([node])
        let contents = try graph.contents(node)
        for index in 0..<count {
          let number = heap.element(contents, node.dtype, index)
          ListRef(result).append(
            number.tag == .float ? Value(try graph.scalar(.float(number.float), node.dtype)) : number, heap)
        }
      } else {
        for index in 0..<count { ListRef(result).append(Value(try graph.slice(node, [.index(index)])), heap) }
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  /// All items of `sequence(start, step)`; the limits of the machine end one without an end.
  private func walked(_ value: Value) throws -> Value {
    let heap = heap
    let result = heap.list(capacity: 8)
    let step = SequenceRef(value).step
    var state = heap.retained(SequenceRef(value).state)
    do {
      while let (item, next) = try machine.stepped(step, state) {
        ListRef(result).append(item, heap)
        heap.replace(&state, with: next)
        try heap.reserve(bytes: 0)
      }
    } catch {
      heap.release(state)
      heap.release(result)
      throw error
    }
    heap.release(state)
    return result
  }
}
