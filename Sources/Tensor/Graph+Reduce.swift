// Reductions over axes, and the row operations that are reductions inside: softmax, log-sum-exp, arg max, running sums.
//
// The order of a reduction is a function of the shape and the axes alone. Axes that neither lead nor trail are moved to
// the front or to the end first (a view), so that the loop language sees three forms: all, leading, trailing; and so that
// an axis in front of them all, a batch, changes nothing for its items.
import KernelTypes
import Recurrences

/// A reduction that scripts can name.
package enum Reduction: UInt8, CaseIterable, Sendable { case sum, prod, max, min, mean, any, all, logsumexp }

extension Graph {
  /// Reduces `x` over `axes` (nil: all of them). Integers and booleans: `sum` counts in i64, `mean` and `logsumexp` are f32.
  package func reduce(_ reduction: Reduction, _ x: Node, axes: [Int]?, keepDims: Bool) throws -> Node {
    // Made when it is needed: naming a case at run time is slow.
    var operation: String { "\(reduction)" }
    var reduced = Set<Int>()
    for axis in axes ?? Array(0..<x.rank) { reduced.insert(try checkedAxis(axis, x.rank, operation)) }
    let outDims = (0..<x.rank).compactMap { reduced.contains($0) ? (keepDims ? 1 : nil) : x.dim($0) }
    var count = 1
    for axis in reduced { count *= x.dim(axis) }

    switch reduction {
    case .mean:
      let total = try reduce(.sum, x, axes: axes, keepDims: keepDims)
      defer { release(total) }
      return try binary(.div, .node(total), .float(Double(count)))
    case .logsumexp:
      let real = x.dtype.isFloat ? retain(x) : try cast(x, .f32)
      defer { release(real) }
      return try overRows(real, reduced, outDims) { try self.logSumExpRows($0) }
    case .any, .all:
      if x.dtype != .bool {
        throw TensorError(
          .wrongType(operation: operation, expected: "a bool tensor", found: describe(x)),
          help: "compare first: `any(x > 0)`")
      }
      return try reduceElements(reduction == .any ? .any : .all, x, reduced, outDims, count)
    case .sum, .prod, .max, .min:
      let numbers = x.dtype == .bool ? try cast(x, .i64) : retain(x)
      defer { release(numbers) }
      let op: ReduceOp =
        switch reduction {
        case .sum: .sum
        case .prod: .prod
        case .max: .max
        default: .min
        }
      return try reduceElements(op, numbers, reduced, outDims, count)
    }
  }

  private func reduceElements(
    _ op: ReduceOp, _ x: Node, _ axes: Set<Int>, _ outDims: [Int], _ count: Int
  ) throws -> Node {
    let type: DType = op == .any || op == .all ? .bool : x.dtype
    let outShape = shapes.intern(outDims)
    if count == 1 && x.count > 0 { return try reshape(x, outDims) }
    if count == 0 || x.count == 0 { return filled(outShape, type, try neutral(op, type)) }
    if x.isMapped {
      return try onRows(x) {
        try reduceElements(op, $0, Set(axes.map { $0 + 1 }), [$0.dim(0)] + outDims, count)
      }
    }
    let (arranged, leading) = try arrange(x, axes)
    defer { release(arranged) }
    let kept = (0..<x.rank).filter { !axes.contains($0) }.map { x.dim($0) }
    let node = record(.reduce, sub: op.rawValue, type, shapes.intern(kept), arranged)
    pendingWork &+= x.count
    let attributes = Attributes()
    // Number of reduced axes, and whether they lead.
    attributes.axes = [axes.count]
    attributes.flag = leading
    node.pointee.attributes = .passRetained(attributes)
    if type == .i64 && (op == .sum || op == .prod) { markFailable(node) }
    if outShape == node.pointee.shape { return node }
    defer { release(node) }
    return try reshape(node, outDims)
  }

  /// `x` with the reduced axes leading or trailing.
  private func arrange(_ x: Node, _ axes: Set<Int>) throws -> (Node, leading: Bool) {
    let rank = x.rank
    if (rank - axes.count..<rank).allSatisfy(axes.contains) { return (retain(x), false) }
    if (0..<axes.count).allSatisfy(axes.contains) { return (retain(x), true) }
    let first = axes.min() ?? 0
    if (first..<first + axes.count).allSatisfy(axes.contains),
      (first + axes.count..<rank).contains(where: { x.dim($0) > 1 })
    {
      // Axes in the middle: in front, so that the order is that of each of the parts in front of them alone.
      let others = Array(0..<first) + Array(first + axes.count..<rank)
      return (try permute(x, Array(first..<first + axes.count) + others), true)
    }
    let order = (0..<rank).filter { !axes.contains($0) } + axes.sorted()
    return (try permute(x, order), false)
  }

  private func neutral(_ op: ReduceOp, _ type: DType) throws -> UInt64 {
    switch op {
    case .sum: return try convert(.int(0), to: type)
    case .prod: return try convert(.int(1), to: type)
    case .any: return 0
    case .all: return 1
    case .max: return type.isFloat ? try convert(.float(-.infinity), to: type) : try convert(.int(.min), to: type)
    case .min: return type.isFloat ? try convert(.float(.infinity), to: type) : try convert(.int(.max), to: type)
    }
  }

  // MARK: Rows

  /// Softmax along `axis`; a row that is all `-inf` gives zeros.
  package func softmax(_ x: Node, axis: Int) throws -> Node { try alongAxis(.softmax, x, axis) }

  /// Logarithm of the softmax along `axis`.
  package func logSoftmax(_ x: Node, axis: Int) throws -> Node { try alongAxis(.logSoftmax, x, axis) }

  /// Running sums along `axis`.
  package func cumulativeSum(_ x: Node, axis: Int) throws -> Node { try alongAxis(.cumulativeSum, x, axis) }

  private func alongAxis(_ op: NodeOp, _ x: Node, _ axis: Int) throws -> Node {
    let axis = try checkedAxis(axis, x.rank, "\(op)")
    let input: Node
    if op == .cumulativeSum {
      input = x.dtype == .bool ? try cast(x, .i64) : retain(x)
    } else {
      input = x.dtype.isFloat ? retain(x) : try cast(x, .f32)
    }
    defer { release(input) }
    if axis == x.rank - 1 { return try rows(op, input) }
    let order = swapped(x.rank, axis)
    let moved = try permute(input, order)
    defer { release(moved) }
    let done = try rows(op, moved)
    defer { release(done) }
    return try permute(done, order)
  }

  private func swapped(_ rank: Int, _ axis: Int) -> [Int] {
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 1)
    return order
  }

  /// A row operation of the input's shape, on contiguous rows.
  func rows(_ op: NodeOp, _ x: Node) throws -> Node {
    if x.count == 0 { return retain(x) }
    if x.isMapped { return try onRows(x) { try rows(op, $0) } }
    let flat = try contiguous(x)
    defer { release(flat) }
    let node = record(op, x.dtype, x.pointee.shape, flat)
    pendingWork &+= 8 * x.count
    if op == .cumulativeSum && x.dtype == .i64 { markFailable(node) }
    return node
  }

  func logSumExpRows(_ x: Node) throws -> Node {
    let shape = shapes.intern(Array(x.dims.dropLast()))
    if x.dim(x.rank - 1) == 0 || x.count == 0 {
      return filled(shape, x.dtype, try convert(.float(-.infinity), to: x.dtype))
    }
    if x.isMapped { return try onRows(x) { try logSumExpRows($0) } }
    if walk != nil || pathEntropy != nil {
      // Paths are drawn, and their entropy is told, where weights are those of a recurrence.
      let program = Graph.program(ReductionOperator(.entropy), x.dtype, x.dims, [x.rank - 1])
      return try recurrence(program, inputs: [x])[0]
    }
    let flat = try contiguous(x)
    defer { release(flat) }
    let node = record(.logSumExp, x.dtype, shape, flat)
    pendingWork &+= 8 * x.count
    return node
  }

  /// Brings `axes` to one last axis, applies `body` to the rows, and gives the result `outDims`.
  private func overRows(_ x: Node, _ axes: Set<Int>, _ outDims: [Int], _ body: (Node) throws -> Node) throws -> Node {
    if axes.isEmpty { return retain(x) }
    let kept = (0..<x.rank).filter { !axes.contains($0) }
    let moved = try permute(x, kept + axes.sorted())
    defer { release(moved) }
    var length = 1
    for axis in axes { length *= x.dim(axis) }
    let rows = try reshape(moved, kept.map { x.dim($0) } + [length])
    defer { release(rows) }
    let done = try body(rows)
    defer { release(done) }
    return try reshape(done, outDims)
  }

  /// Position of the first greatest (or least) element along `axis`, or in row-major order when nil.
  package func argReduce(max: Bool, _ x: Node, axis: Int?) throws -> Node {
    let operation = max ? "argmax" : "argmin"
    let axis = try axis.map { try checkedAxis($0, x.rank, operation) }
    let outDims = axis.map { axis in (0..<x.rank).filter { $0 != axis }.map { x.dim($0) } } ?? []
    if x.count == 0 {
      throw TensorError(.badValue(operation: operation, detail: "\(shapeText(x.dims)) has no elements"))
    }
    let numbers = x.dtype == .bool ? try cast(x, .i64) : retain(x)
    defer { release(numbers) }
    let axes = axis.map { Set([$0]) } ?? Set(0..<x.rank)
    if axes.isEmpty { return filled(shapes.scalar, .i64, 0) }
    return try overRows(numbers, axes, outDims) { try self.argRows(max, $0) }
  }

  private func argRows(_ max: Bool, _ x: Node) throws -> Node {
    if x.isMapped { return try onRows(x) { try argRows(max, $0) } }
    let flat = try contiguous(x)
    defer { release(flat) }
    let node = record(.argReduce, sub: max ? 1 : 0, .i64, shapes.intern(Array(x.dims.dropLast())), flat)
    pendingWork &+= x.count
    return node
  }
}
