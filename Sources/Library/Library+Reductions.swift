// Reductions as records; Reducing.swift holds the three ways of calling them. A reduction takes
//
// - one collection: a tensor (`axis`, `keep`), a list, or a comprehension, which arrives as the list of its values;
// - several values, combined elementwise: `max(a, b)`.
import Diagnostics
import KernelTypes
import Tensor
import VM

private let collection = BuiltinParameter(
  "x", .any, .variadic, "a tensor, a list or comprehension; or several numbers, tensors or trees")
private let axisParameter = BuiltinParameter(
  "axis", [.int, .list], .optional(shownDefault: "none"), "axis or list of axes to reduce; without it all")
private let keepParameter = BuiltinParameter(
  "keep", .bool, .optional(shownDefault: "false"), "keep the reduced axes with size 1")

private struct ReductionRow {
  let op: Reduction
  let summary: String
  let details: String
  let example: String
  let expected: String
  let derivative: Derivative
}

private let rows: [ReductionRow] = [
  ReductionRow(
    op: .sum, summary: "The sum; 0 of nothing.", details: "Booleans count as 0 and 1. Integers fail on overflow.",
    example: "print(sum([1, 2, 3]), sum(tensor([[1.0, 2.0], [3.0, 4.0]]), axis: 0))", expected: "6 tensor([4.0, 6.0])",
    derivative: .rule("1 for every term")),
  ReductionRow(
    op: .prod, summary: "The product; 1 of nothing.", details: "", example: "print(prod([2, 3, 4]), prod([]))",
    expected: "24 1", derivative: .rule("the product of the others")),
  ReductionRow(
    op: .max, summary: "The largest value; -inf of nothing.", details: "NaN wins.",
    example: "print(max([3, 9, 2]), max(1, 5), max(tensor([-1.0, 2.0]), 0.0))", expected: "9 5 tensor([0.0, 2.0])",
    derivative: .rule("1 for the first of the largest, 0 elsewhere")),
  ReductionRow(
    op: .min, summary: "The smallest value; inf of nothing.", details: "NaN wins.",
    example: "print(min([3, 9, 2]), min(2.5, 1))", expected: "2 1",
    derivative: .rule("1 for the first of the smallest, 0 elsewhere")),
  ReductionRow(
    op: .mean, summary: "The mean; NaN of nothing.",
    details: """
      `weights` gives every item its share: numbers, one an item, divided by their sum. A list of trees has a tree as its \
      mean, which is federated averaging; leaves that are no numbers stay if they are equal everywhere.
      """,
    example: "print(mean([1, 2]), mean([{w: 1.0}, {w: 4.0}], weights: [2, 1]))", expected: "1.5 {w: 2.0}",
    derivative: .rule("the weight of each term")),
  ReductionRow(
    op: .any, summary: "Whether one value is true; false of nothing.", details: "",
    example: "print(any(x > 2 for x in [1, 2, 3]), any([]))", expected: "true false",
    derivative: .none(because: "it gives booleans")),
  ReductionRow(
    op: .all, summary: "Whether every value is true; true of nothing.", details: "",
    example: "print(all(x > 0 for x in [1, 2, 3]), all([]))", expected: "true true",
    derivative: .none(because: "it gives booleans")),
  ReductionRow(
    op: .logsumexp, summary: "log(sum(exp(x))), safe for large values; -inf of nothing.", details: "",
    example: "print(\"{logsumexp([0.0, 0.0]):.4f}\", logsumexp(tensor([-inf, -inf])))", expected: "0.6931 -inf",
    derivative: .rule("softmax of the terms; 0 where all are -inf")),
]

extension Library {
  static let reductions: [Builtin] =
    rows.map { row in
      let weights = BuiltinParameter(
        "weights", [.list, .tensor], .optional(shownDefault: "none"), "weight of each item; their sum is divided by")
      return Builtin(
        "\(row.op)", [collection, axisParameter, keepParameter] + (row.op == .mean ? [weights] : []),
        summary: row.summary, details: row.details, example: row.example, expected: row.expected,
        derivative: row.derivative
      ) { call in try Reducing(call: call, op: row.op).run() }
    } + [argReduction(max: true), argReduction(max: false), spread(root: false), spread(root: true), cumulative, norm]

  private static func argReduction(max: Bool) -> Builtin {
    let (name, word) = max ? ("argmax", "largest") : ("argmin", "smallest")
    return Builtin(
      name,
      [
        BuiltinParameter("x", [.tensor, .list], .required, "a tensor or a list of numbers"),
        BuiltinParameter(
          "axis", .int, .optional(shownDefault: "none"), "along this axis; without it in row-major order"),
      ],
      summary: "The index of the \(word) element, of tied ones the first.",
      details: "An integer or a tensor of integers. An empty x is an error.",
      example: "print(\(name)(tensor([1.0, 3.0, 3.0, 0.0])))", expected: max ? "1" : "3",
      derivative: .none(because: "an index does not change by small steps")
    ) { call in
      let node = try call.tensor(0)
      defer { call.heap.release(Value(node)) }
      let axis = call.isMissing(1) ? nil : try call.axis(call.int(1), rank: node.rank)
      if axis.map({ node.dim($0) }) ?? node.count == 0 { throw call.bad("there is no \(word) element of nothing") }
      return Value(try call.graph.argReduce(max: max, node, axis: axis))
    }
  }

  private static func spread(root: Bool) -> Builtin {
    Builtin(
      root ? "std" : "variance",
      [
        BuiltinParameter("x", [.tensor, .list], .required, "a tensor or a list of numbers"), axisParameter,
        keepParameter,
      ],
      summary: root
        ? "The standard deviation: the root of the variance." : "The mean square of the distance to the mean.",
      details: "Divides by n, not by n - 1. NaN of nothing.",
      example: root ? "print(std([1.0, 1.0, 3.0, 3.0]))" : "print(variance([1.0, 2.0, 3.0, 4.0]))",
      expected: root ? "1.0" : "1.25", derivative: .composed
    ) { call in
      let heap = call.heap
      let graph = call.graph
      let node = try call.measured(0)
      defer { heap.release(Value(node)) }
      let axes = try call.axes(1)?.map { try call.axis($0, rank: node.rank) }
      let center = Value(try graph.reduce(.mean, node, axes: axes, keepDims: true))
      defer { heap.release(center) }
      let distance = Value(try graph.binary(.sub, .node(node), .node(tensorNode(center))))
      defer { heap.release(distance) }
      let squares = Value(try graph.unary(.square, tensorNode(distance)))
      defer { heap.release(squares) }
      let keep = try call.bool(2, default: false)
      let variance = Value(try graph.reduce(.mean, tensorNode(squares), axes: axes, keepDims: keep))
      if !root { return try call.plain(variance, like: call[0]) }
      defer { heap.release(variance) }
      return try call.plain(Value(graph.unary(.sqrt, tensorNode(variance))), like: call[0])
    }
  }

  private static let norm = Builtin(
    "norm",
    [
      BuiltinParameter("x", [.tensor, .list], .required, "a tensor or a list of numbers"), axisParameter, keepParameter,
    ],
    summary: "The length: the root of the sum of squares.", example: "print(norm(tensor([3.0, 4.0])))", expected: "5.0",
    derivative: .composed
  ) { call in
    let heap = call.heap
    let graph = call.graph
    let node = try call.measured(0)
    defer { heap.release(Value(node)) }
    let axes = try call.axes(1)?.map { try call.axis($0, rank: node.rank) }
    let squares = Value(try graph.unary(.square, node))
    defer { heap.release(squares) }
    let keep = try call.bool(2, default: false)
    let sum = Value(try graph.reduce(.sum, tensorNode(squares), axes: axes, keepDims: keep))
    defer { heap.release(sum) }
    return try call.plain(Value(graph.unary(.sqrt, tensorNode(sum))), like: call[0])
  }

  private static let cumulative = Builtin(
    "cumsum",
    [
      BuiltinParameter("x", [.tensor, .list], .required, "a tensor or a list of numbers"),
      BuiltinParameter("axis", .int, .optional(shownDefault: "0"), "the axis along which to add up"),
    ],
    summary: "Running sums: element i is the sum of the first i + 1.", details: "Same shape and kind as x.",
    example: "print(cumsum(tensor([1, 2, 3])))", expected: "tensor([1, 3, 6])",
    derivative: .rule("running sums from the other end")
  ) { call in
    let node = try call.tensor(0)
    defer { call.heap.release(Value(node)) }
    let axis = try call.axis(call.int(1, default: 0), rank: node.rank)
    return Value(try call.graph.cumulativeSum(node, axis: axis))
  }
}

extension Call {
  /// A tensor of floats; plain numbers are measured in f64.
  func measured(_ index: Int) throws -> Node {
    let value = arguments[index]
    if value.tag == .list { return try TensorBuilder(call: self).node(value, holdsTensors(value) ? nil : .f64) }
    let node = try tensor(index)
    if node.dtype.isFloat { return node }
    defer { heap.release(Value(node)) }
    return try graph.cast(node, .f32)
  }

  /// Deeper than a tensor can be, the answer does not matter.
  private func holdsTensors(_ value: Value, depth: Int = 0) -> Bool {
    depth < TensorBuilder.maximumRank
      && ListRef(value).buffer.contains { $0.tag == .tensor || ($0.tag == .list && holdsTensors($0, depth: depth + 1)) }
  }

  /// What was computed from a list of plain numbers is a plain number again. Consumes `result`.
  func plain(_ result: Value, like argument: Value) throws -> Value {
    guard argument.tag == .list, !holdsTensors(argument), tensorNode(result).rank == 0 else { return result }
    defer { heap.release(result) }
    return try heap.number(fromScalar: result)
  }
}
