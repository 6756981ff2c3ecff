// How a reduction is called: with a tensor, with a list (also what a comprehension collected), or with several values.
//
// A list is reduced over its items: plain numbers in a loop; scalars and numbers as one tensor, so that derivatives pass
// and the order of summation is the tensor's; whole tensors and trees item by item, elementwise. An empty collection
// gives the neutral element.
import Diagnostics
import KernelTypes
import Tensor
import VM

struct Reducing {
  let call: Call
  /// For a smoothed reduction that of the entropy, whose ways are those of all of them.
  let op: Reduction
  let smoothing: ReductionValue?
  /// For messages: `max`, `smooth(max, l2, 1.0)`.
  let name: String
  private var heap: Heap { call.heap }
  private var graph: Graph { call.graph }

  init(call: Call, op: Reduction) {
    self.call = call
    self.op = op
    smoothing = nil
    name = call.name
  }

  /// `call` has the parameters of `logsumexp`.
  init(call: Call, smoothing: ReductionValue) {
    self.call = call
    op = .logsumexp
    self.smoothing = smoothing
    name = smoothing.name
  }

  private func bad(_ detail: String) -> Diagnostic {
    Diagnostic(.badValue(operation: name, detail: detail), at: nil)
  }

  private func reduce(_ node: Node, _ axes: [Int]?, _ keep: Bool) throws -> Value {
    if let smoothing {
      let functions = smoothing.function.map { [$0] } ?? []
      return Value(
        try graph.reduce(smoothing.operation, functions: functions, node, axes: axes, keepDims: keep))
    }
    return Value(try graph.reduce(op, node, axes: axes, keepDims: keep))
  }

  private var hasAxis: Bool { !call.isMissing(1) }
  private var hasWeights: Bool { op == .mean && !call.isMissing(3) }

  func run() throws -> Value {
    let given = ListRef(call[0])
    switch given.count {
    case 0: throw Diagnostic(.missingArgument(function: name, name: "x"), at: nil)
    case 1: return try collection(given[0])
    default: return try several(given)
    }
  }

  // One collection.

  private func collection(_ value: Value) throws -> Value {
    switch value.tag {
    case .tensor: return try tensor(value)
    case .list: return try list(value)
    case .int, .float, .bool:
      if hasAxis { throw bad("a number has no axes") }
      let items = heap.list([value])
      defer { heap.release(items) }
      return try list(items)
    case .range, .sequence, .box:
      guard let items = try call.items(of: value) else { break }
      defer { heap.release(items) }
      return try list(items)
    default: break
    }
    throw Diagnostic(
      .wrongType(operation: name, expected: "a tensor, a list or a comprehension", found: heap.typeName(value)),
      at: nil, help: value.tag == .record ? "`\(name)(values(r))`, or `\(name)(leaves(tree))`" : nil)
  }

  private func tensor(_ value: Value) throws -> Value {
    let node = tensorNode(value)
    if (op == .any || op == .all) && node.dtype != .bool {
      throw Diagnostic(
        .wrongType(operation: name, expected: "a tensor of booleans", found: heap.typeName(value)), at: nil,
        help: "compare first, as in `\(name)(x > 0)`")
    }
    let axes = try call.axes(1)?.map { axis in
      if axis < -node.rank || axis >= node.rank {
        throw Diagnostic(.axisOutOfRange(operation: name, axis: axis, rank: node.rank), at: nil)
      }
      return axis < 0 ? axis + node.rank : axis
    }
    if let axes, Set(axes).count != axes.count { throw bad("an axis is named twice") }
    let keep = try call.bool(2, default: false)
    if hasWeights { return try weighted(node, axes: axes, keep: keep) }
    return try reduce(node, axes, keep)
  }

  /// sum(x * w) / sum(w); weights along one axis, or of the shape of x.
  private func weighted(_ node: Node, axes: [Int]?, keep: Bool) throws -> Value {
    var weights = Value(try call.tensor(3))
    defer { heap.release(weights) }
    // In floats from the start, so that large integer weights have no overflow to fear.
    let type = node.dtype.isFloat ? node.dtype : .f32
    heap.replace(&weights, with: Value(try graph.cast(tensorNode(weights), type)))
    let sizes = tensorNode(weights).dims
    if sizes != node.dims {
      guard sizes.count == 1, let axis = axes?.count == 1 ? axes?[0] : (node.rank == 1 ? 0 : nil),
        node.dim(axis) == sizes[0]
      else {
        throw Diagnostic(
          .shapeMismatch(operation: name, detail: "weights \(sizes) do not fit \(node.dims)"), at: nil,
          help: "one weight for each place along `axis`, or a tensor like x")
      }
      var shape = [Int](repeating: 1, count: node.rank)
      shape[axis] = sizes[0]
      heap.replace(&weights, with: Value(try graph.reshape(tensorNode(weights), shape)))
      heap.replace(&weights, with: Value(try graph.broadcast(tensorNode(weights), node.dims)))
    }
    let product = Value(try graph.binary(.mul, .node(node), .node(tensorNode(weights))))
    defer { heap.release(product) }
    let total = Value(try graph.reduce(.sum, tensorNode(product), axes: axes, keepDims: keep))
    defer { heap.release(total) }
    let mass = Value(try graph.reduce(.sum, tensorNode(weights), axes: axes, keepDims: keep))
    defer { heap.release(mass) }
    return try heap.binary(.div, total, mass)
  }

  private func list(_ value: Value) throws -> Value {
    let items = ListRef(value)
    if hasAxis {
      let node = Value(try TensorBuilder(call: call).node(value, nil))
      defer { heap.release(node) }
      return try tensor(node)
    }
    let weights = try hasWeights ? self.weights(items.count) : nil
    if items.count == 0 { return neutral }
    var hasScalars = false
    for item in items.buffer {
      switch item.tag {
      case .int, .float, .bool: break
      case .tensor where tensorNode(item).rank == 0: hasScalars = true
      default: return try itemByItem(items, weights)
      }
    }
    if !hasScalars { return try numbers(items, weights) }
    let node = Value(try TensorBuilder(call: call).node(value, nil))
    defer { heap.release(node) }
    if hasWeights { return try weighted(tensorNode(node), axes: nil, keep: false) }
    return try tensor(node)
  }

  private var neutral: Value {
    switch op {
    case .logsumexp where smoothing?.function != nil: Value(smoothing?.function?.empty ?? 0)
    case .logsumexp where smoothing?.operation.isMinimum == true: Value(Double.infinity)
    case .sum: Value(0)
    case .prod: Value(1)
    case .max, .logsumexp: Value(-Double.infinity)
    case .min: Value(Double.infinity)
    case .mean: Value(Double.nan)
    case .any: Value(false)
    case .all: Value(true)
    }
  }

  // Plain numbers.

  private func numbers(_ items: ListRef, _ weights: [Double]?) throws -> Value {
    switch op {
    case .any, .all:
      var result = op == .all
      for item in items.buffer {
        guard item.tag == .bool else { throw notBoolean(item) }
        result = op == .all ? result && item.bool : result || item.bool
      }
      return Value(result)
    case .mean:
      var (total, mass) = (0.0, 0.0)
      for (index, item) in items.buffer.enumerated() {
        let weight = weights?[index] ?? 1
        total += weight * counted(item).asDouble
        mass += weight
      }
      return Value(total / mass)
    case .logsumexp where smoothing != nil:
      // In f64, as numbers are.
      let list = heap.list(items.buffer.map { heap.retained(counted($0)) })
      defer { heap.release(list) }
      let node = Value(try TensorBuilder(call: call).node(list, .f64))
      defer { heap.release(node) }
      let result = try reduce(tensorNode(node), nil, false)
      defer { heap.release(result) }
      return try heap.number(fromScalar: result)
    case .logsumexp:
      var peak = -Double.infinity
      for item in items.buffer { peak = Swift.max(peak, counted(item).asDouble) }
      if peak == -Double.infinity || peak == Double.infinity { return Value(peak) }
      var total = 0.0
      for item in items.buffer { total += Heap.function(.exp, counted(item).asDouble - peak) }
      return Value(peak + Heap.function(.log, total))
    case .sum, .prod, .max, .min:
      var result = op == .max || op == .min ? items[0] : counted(items[0])
      for index in 1..<max(1, items.count) {
        result = try combine(result, op == .max || op == .min ? items[index] : counted(items[index]))
      }
      return result
    }
  }

  private func counted(_ item: Value) -> Value { item.tag == .bool ? Value(item.bool ? 1 : 0) : item }

  private func notBoolean(_ item: Value) -> Diagnostic {
    Diagnostic(.wrongType(operation: name, expected: "booleans", found: heap.typeName(item)), at: nil)
  }

  /// Two values, elementwise; owned.
  private func combine(_ a: Value, _ b: Value) throws -> Value {
    switch op {
    case .sum, .mean: return try heap.binary(.add, a, b)
    case .prod: return try heap.binary(.mul, a, b)
    case .max: return try heap.binary(.max, a, b)
    case .min: return try heap.binary(.min, a, b)
    case .any: return try heap.binary(.or, a, b)
    case .all: return try heap.binary(.and, a, b)
    case .logsumexp: return .none
    }
  }

  // Tensors and trees as items.

  private func itemByItem(_ items: ListRef, _ weights: [Double]?) throws -> Value {
    for item in items.buffer where !(item.isPlain || item.isTree || item.tag == .tensor) {
      throw Diagnostic(
        .wrongType(operation: name, expected: "numbers, tensors or trees in the list", found: heap.typeName(item)),
        at: nil)
    }
    if op == .logsumexp {
      if !items.buffer.contains(where: { $0.isTree }) { return try stacked(items) }
      return try heap.mapTrees(Array(items.buffer), operation: name) { leaves in
        let list = heap.list(leaves.map { heap.retained($0) })
        defer { heap.release(list) }
        return try self.list(list)
      }
    }
    if op == .mean { return try meanTree(items, weights) }
    var result = heap.retained(items[0])
    do {
      for index in 1..<max(1, items.count) {
        let next = try combine(result, items[index])
        heap.replace(&result, with: next)
      }
    } catch {
      heap.release(result)
      throw error
    }
    return result
  }

  /// The items side by side along a new axis, which is reduced.
  private func stacked(_ items: ListRef) throws -> Value {
    var nodes: [Node] = []
    defer { for node in nodes { heap.release(Value(node)) } }
    let shape = try commonShape(items)
    for item in items.buffer {
      let node = try TensorBuilder(call: call).node(item, nil)
      defer { heap.release(Value(node)) }
      nodes.append(try graph.broadcast(node, shape))
    }
    let stack = Value(try graph.stack(nodes, axis: 0))
    defer { heap.release(stack) }
    return try reduce(tensorNode(stack), [0], false)
  }

  /// The broadcast shape of all items, found by the graph's own rule on a chain of additions that nobody computes.
  private func commonShape(_ items: ListRef) throws -> [Int] {
    var result: [Int] = []
    for item in items.buffer {
      let node = try TensorBuilder(call: call).node(item, nil)
      defer { heap.release(Value(node)) }
      let zero = Value(try graph.filled(result, node.dtype == .bool ? .i64 : node.dtype, .int(0)))
      defer { heap.release(zero) }
      let sum = Value(try graph.binary(.add, .node(tensorNode(zero)), .node(node)))
      result = tensorNode(sum).dims
      heap.release(sum)
    }
    return result
  }

  // Means of trees.

  private func weights(_ count: Int) throws -> [Double] {
    guard let list = try call.items(of: call[3]) else { throw call.wrong(3, "a list of numbers") }
    defer { heap.release(list) }
    let values = ListRef(list)
    if values.count != count { throw bad("\(values.count) weights for \(count) items") }
    let weights = try values.buffer.map { value in
      guard let weight = try call.number(of: value) else { throw call.wrong(3, "a list of numbers", found: value) }
      return weight
    }
    if count > 0 && weights.reduce(0, +) == 0 { throw bad("the weights add up to 0") }
    return weights
  }

  /// Federated averaging: every leaf is the weighted mean of its twins.
  private func meanTree(_ items: ListRef, _ weights: [Double]?) throws -> Value {
    let mass = weights?.reduce(0, +) ?? Double(items.count)
    return try heap.mapTrees(Array(items.buffer), operation: "mean") { leaves in
      let numeric = leaves.allSatisfy { $0.isNumber || $0.tag == .tensor }
      // What takes no part, and settings such as a width, stay if they are equal everywhere.
      if !numeric || leaves.allSatisfy({ $0.tag == .int }) {
        if try leaves.allSatisfy({ try heap.same($0, leaves[0]) }) { return heap.retained(leaves[0]) }
        if !numeric {
          throw Diagnostic(
            .treeMismatch(operation: "mean", detail: "a leaf is \(heap.typeName(leaves[0])) in one item only"), at: nil)
        }
      }
      var total = Value(0)
      do {
        for (index, leaf) in leaves.enumerated() {
          let term = try weights.map { try heap.binary(.mul, Value($0[index]), leaf) } ?? heap.retained(leaf)
          defer { heap.release(term) }
          let sum = index == 0 ? heap.retained(term) : try heap.binary(.add, total, term)
          heap.replace(&total, with: sum)
        }
      } catch {
        heap.release(total)
        throw error
      }
      defer { heap.release(total) }
      return try heap.binary(.div, total, Value(mass))
    }
  }

  // Several values.

  private func several(_ values: ListRef) throws -> Value {
    let first = values[0]
    if values.count == 2, first.tag == .tensor, tensorNode(first).rank > 0, values[1].tag == .int, op != .max,
      op != .min
    {
      throw Diagnostic(
        .wrongType(operation: name, expected: "the axis by its name", found: heap.typeName(values[1])), at: nil,
        help: "`\(name)(x, axis: \(values[1].int))` reduces along axis \(values[1].int)")
    }
    if hasAxis || !call.isMissing(2) {
      throw bad("`axis` and `keep` go with one collection, not with several values")
    }
    if hasWeights { throw bad("`weights` go with one list") }
    for (index, value) in values.buffer.enumerated()
    where !(value.isNumber || value.tag == .tensor || value.isTree || value.tag == .bool) {
      throw Diagnostic(
        .wrongType(
          operation: name, expected: "numbers, tensors or trees (argument \(index + 1))",
          found: heap.typeName(value)), at: nil)
    }
    var hasWhole = false
    for value in values.buffer where value.tag == .tensor || value.isTree { hasWhole = true }
    return hasWhole ? try itemByItem(values, nil) : try numbers(values, nil)
  }
}
