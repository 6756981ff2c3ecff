// The table of derivative rules: for each operation what flows back to its inputs. Rules are written with recorded
// operations, so each can be differentiated again. `GradientTests` checks every row against finite differences.
//
// Notation in comments: y the node, g the derivative that arrived at y.
import KernelTypes

extension Graph {
  /// Sends the derivative `g` of `node` to its inputs of at least `level`.
  func propagate(_ node: Node, _ g: Node, _ level: UInt8) throws {
    switch node.pointee.op {
    case .leaf, .number, .filled, .mapped: break
    case .element: try propagateElement(node, g, level)
    case .alias:
      if node.pointee.attributes != nil, let rule = node.given.rule { return try propagateRule(rule, node, g, level) }
      try send(node.pointee.in0, level) { self.retain(g) }
    case .reshape: try send(node.pointee.in0, level) { try self.reshape(g, $0.dims) }
    case .permute:
      try send(node.pointee.in0, level) { _ in
        var inverse = [Int](repeating: 0, count: node.rank)
        for (axis, from) in node.given.axes.enumerated() { inverse[from] = axis }
        return try self.permute(g, inverse)
      }
    case .broadcast: try send(node.pointee.in0, level) { try self.unbroadcast(g, $0.pointee.shape) }
    case .slice: try send(node.pointee.in0, level) { _ in try self.embed(g, node.given) }
    case .embed: try send(node.pointee.in0, level) { try self.sliced(g, like: node.given, $0.dims) }
    case .update:
      // y = x with part: x gets g with zeros there, part gets g there.
      try send(node.pointee.in0, level) { _ in
        guard let part = node.pointee.in1 else { return self.retain(g) }
        let zeros = self.filled(part.pointee.shape, g.dtype, 0)
        defer { self.release(zeros) }
        return try self.updated(g, like: node.given, zeros)
      }
      try send(node.pointee.in1, level) { try self.sliced(g, like: node.given, $0.dims) }
    case .reduce: try propagateReduce(node, g, level)
    case .matmul: try propagateProduct(node, g, level)
    case .softmax:
      // x: y * (g - sum(g * y))
      try send(node.pointee.in0, level) { _ in
        try self.compose { c in
          let weighted = try c(self.binary(.mul, .node(g), .node(node)))
          let total = try c(self.reduce(.sum, weighted, axes: [-1], keepDims: true))
          let centred = try c(self.binary(.sub, .node(g), .node(total)))
          return try self.binary(.mul, .node(node), .node(centred))
        }
      }
    case .logSoftmax:
      // x: g - softmax(x) * sum(g)
      try send(node.pointee.in0, level) { x in
        try self.compose { c in
          let weights = try c(self.rows(.softmax, x))
          let total = try c(self.reduce(.sum, g, axes: [-1], keepDims: true))
          let part = try c(self.binary(.mul, .node(weights), .node(total)))
          return try self.binary(.sub, .node(g), .node(part))
        }
      }
    case .logSumExp:
      // x: g * softmax(x); zeros for a row without weight
      try send(node.pointee.in0, level) { x in
        try self.compose { c in
          let level = try c(self.reshape(node, node.dims + [1]))
          let isEmpty = try c(self.binary(.eq, .node(level), .float(-.infinity)))
          let terms = try c(self.select(isEmpty, .float(0), .node(x)))
          let weights = try c(self.rows(.softmax, terms))
          let wide = try c(self.reshape(g, g.dims + [1]))
          let share = try c(self.select(isEmpty, .float(0), .node(wide)))
          return try self.binary(.mul, .node(weights), .node(share))
        }
      }
    case .cumulativeSum:
      // x: running sums of g from the other end
      try send(node.pointee.in0, level) { _ in
        try self.compose { c in
          let turned = try c(self.reversed(g))
          let sums = try c(self.rows(.cumulativeSum, turned))
          return try self.reversed(sums)
        }
      }
    case .gather:
      try send(node.pointee.in0, level) { table in
        guard let ids = node.pointee.in1 else { return self.retain(g) }
        return try self.scatterAdd(ids, g, tableDims: table.dims)
      }
    case .scatterAdd:
      try send(node.pointee.in1, level) { _ in
        guard let ids = node.pointee.in0 else { return self.retain(g) }
        return try self.gather(g, ids)
      }
    case .pick:
      // x [n, c]: g at the picked places
      try send(node.pointee.in0, level) { x in
        guard let ids = node.pointee.in1 else { return self.retain(g) }
        return try self.compose { c in
          let places = try c(self.oneHot(ids, x.dim(1), g.dtype))
          let wide = try c(self.reshape(g, g.dims + [1]))
          return try self.binary(.mul, .node(places), .node(wide))
        }
      }
    case .concat:
      let axis = node.given.axes[0]
      var start = 0
      for input in node.given.inputs {
        let size = input.dim(axis)
        let from = start
        start += size
        try send(input, level) { _ in
          var items: [SliceItem] = Array(repeating: .range(nil, nil, step: 1), count: node.rank)
          items[axis] = .range(from, from + size, step: 1)
          return try self.slice(g, items)
        }
      }
    case .recurrence: try propagateRecurrence(node, g, level)
    case .argReduce, .oneHot: break  // whole numbers: no derivative
    }
  }

  /// Computes a part and adds it to `input`'s derivative, if `input` is of this scope.
  @inline(__always)
  func send(_ input: Node?, _ level: UInt8, _ part: (Node) throws -> Node) throws {
    guard let input, input.pointee.level >= level else { return }
    try contribute(try part(input), to: input)
  }
  @inline(__always)
  private func send(_ input: Node?, _ level: UInt8, _ part: () throws -> Node) throws {
    guard let input, input.pointee.level >= level else { return }
    try contribute(try part(), to: input)
  }

  /// Runs `body` with a function that keeps intermediate nodes until `body` is done.
  func compose(_ body: ((Node) -> Node) throws -> Node) throws -> Node {
    var held: [Node] = []
    defer { for node in held { release(node) } }
    return try body { node in
      held.append(node)
      return node
    }
  }

  /// Sums what a broadcast repeated.
  func unbroadcast(_ g: Node, _ shape: ShapeRef) throws -> Node {
    if g.pointee.shape == shape { return retain(g) }
    let extra = g.rank - shape.rank
    var axes = Array(0..<extra)
    for axis in 0..<shape.rank where shape.size(axis) == 1 && g.dim(axis + extra) != 1 { axes.append(axis + extra) }
    let summed = axes.isEmpty ? retain(g) : try reduce(.sum, g, axes: axes, keepDims: false)
    defer { release(summed) }
    return try reshape(summed, shape.dims)
  }

  private func sliced(_ g: Node, like attributes: Attributes, _ dims: [Int]) throws -> Node {
    var selection = Selection()
    selection.starts = attributes.starts
    selection.steps = attributes.steps
    selection.sizes = dims
    return try view(g, selection)
  }

  private func updated(_ g: Node, like attributes: Attributes, _ part: Node) throws -> Node {
    var selection = Selection()
    selection.starts = attributes.starts
    selection.steps = attributes.steps
    selection.sizes = part.dims
    selection.outDims = part.dims
    return try update(g, selection, part)
  }

  private func reversed(_ x: Node) throws -> Node { try slice(x, [.ellipsis, .range(nil, nil, step: -1)]) }

  // MARK: Reductions and products

  private func propagateReduce(_ node: Node, _ g: Node, _ level: UInt8) throws {
    guard let x = node.pointee.in0, x.pointee.level >= level, node.dtype.isFloat else { return }
    let count = node.given.axes[0]
    let axes = node.given.flag ? Array(0..<count) : Array(x.rank - count..<x.rank)
    let keptDims = (0..<x.rank).map { axes.contains($0) ? 1 : x.dim($0) }
    try send(x, level) { x in
      try compose { c in
        let wide = try c(reshape(g, keptDims))
        switch node.reduceOp {
        case .sum: return try broadcast(wide, x.dims)
        case .max, .min:
          // The first of tied elements takes it all.
          let first = try c(firstExtreme(x, node, axes, keptDims))
          return try binary(.mul, .node(first), .node(wide))
        case .prod: return try productGradient(x, node, wide, axes, c)
        case .any, .all: return filled(x.pointee.shape, x.dtype, 0)
        }
      }
    }
  }

  /// 1 at the first greatest (least) element of each reduced part, 0 elsewhere.
  private func firstExtreme(_ x: Node, _ node: Node, _ axes: [Int], _ keptDims: [Int]) throws -> Node {
    try compose { c in
      let kept = (0..<x.rank).filter { !axes.contains($0) }
      let order = kept + axes
      let moved = try c(permute(x, order))
      let length = axes.reduce(1) { $0 * x.dim($1) }
      let rows = try c(reshape(moved, kept.map { x.dim($0) } + [length]))
      let cut = try c(stopGradient(rows))
      let places = try c(argReduce(max: node.reduceOp == .max, cut, axis: -1))
      let hot = try c(oneHot(places, length, x.dtype))
      let shaped = try c(reshape(hot, moved.dims))
      var inverse = [Int](repeating: 0, count: x.rank)
      for (axis, from) in order.enumerated() { inverse[from] = axis }
      return try permute(shaped, inverse)
    }
  }

  /// x: g * (product of the others). With one zero only its place gets something, with two nothing does.
  private func productGradient(
    _ x: Node, _ node: Node, _ g: Node, _ axes: [Int], _ c: (Node) -> Node
  ) throws -> Node {
    let isZero = try c(binary(.eq, .node(x), .float(0)))
    let ones = try c(select(isZero, .float(1), .node(x)))
    let others = try c(reduce(.prod, ones, axes: axes, keepDims: true))
    let zeros = try c(reduce(.sum, isZero, axes: axes, keepDims: true))
    let noZero = try c(binary(.eq, .node(zeros), .int(0)))
    let oneZero = try c(binary(.eq, .node(zeros), .int(1)))
    let atZero = try c(binary(.and, .node(oneZero), .node(isZero)))
    let quotient = try c(binary(.div, .node(others), .node(ones)))
    let rest = try c(select(atZero, .node(others), .float(0)))
    let share = try c(select(noZero, .node(quotient), .node(rest)))
    let typed = try c(cast(share, x.dtype))
    return try binary(.mul, .node(typed), .node(g))
  }

  private func propagateProduct(_ node: Node, _ g: Node, _ level: UInt8) throws {
    guard let a = node.pointee.in0, let b = node.pointee.in1 else { return }
    try send(a, level) { a in
      try compose { c in
        // Stacks agree: `matmul` broadcast its operands before it recorded the product.
        let turned = try c(transposed(b))
        return try matmul(g, turned)
      }
    }
    try send(b, level) { b in
      try compose { c in
        let turned = try c(transposed(a))
        return try matmul(turned, g)
      }
    }
  }

  private func transposed(_ x: Node) throws -> Node {
    var order = Array(0..<x.rank)
    order.swapAt(x.rank - 1, x.rank - 2)
    return try permute(x, order)
  }
}
