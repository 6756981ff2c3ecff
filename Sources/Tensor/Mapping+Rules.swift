// What becomes of an operation on mapped values: one rule for each way of recording, by which it is recorded on rows. A
// rule takes one axis, that of the innermost `vmap` among the operands.
//
// Rules keep bits: an item gets what it would get alone. Elementwise operations, rows and gathers do so by nature,
// reductions by the form that `reduceElements` chooses, dynamic programs by lanes and sums that stay within an item, or by
// running item after item. Matrix products alone are free to join the items to one product, whose order of summation may be another.
import KernelTypes
import Kernels

extension Graph {
  // MARK: Elementwise

  /// Elementwise operations broadcast from the last axis on: rows of lower rank get axes of size 1 behind the first.
  @inline(never)
  func mappedElement(
    _ op: ElementOp, _ type: DType, _ shape: ShapeRef, _ x: Node, _ y: Node?, _ z: Node?
  ) throws -> Node? {
    let level = try innermost(x, y, z)
    if level == 0 { return nil }
    let wide = try checkedShape([maps[level - 1].size] + shape.dims, type)
    let a = try lifted(x, level, shape.rank)
    defer { release(a) }
    let b = try y.map { try lifted($0, level, shape.rank) }
    defer { if let b { release(b) } }
    let c = try z.map { try lifted($0, level, shape.rank) }
    defer { if let c { release(c) } }
    return wrap(try element(op, type, wide, a, b, c), level)
  }

  private func lifted(_ x: Node, _ level: Int, _ rank: Int) throws -> Node {
    guard let rows = try rows(x, level) else { return retain(x) }
    return try lifted(rows, to: rank)
  }

  /// Rows whose items have `rank` axes.
  private func lifted(_ rows: Node, to rank: Int) throws -> Node {
    let missing = rank + 1 - rows.rank
    if missing <= 0 { return retain(rows) }
    return try reshape(rows, [rows.dim(0)] + Array(repeating: 1, count: missing) + rows.dims.dropFirst())
  }

  // MARK: Layout

  func mappedReshape(_ x: Node, _ dims: [Int]) throws -> Node { try onRows(x) { try reshape($0, [$0.dim(0)] + dims) } }

  func mappedPermute(_ x: Node, _ order: [Int]) throws -> Node {
    try onRows(x) { try permute($0, [0] + order.map { $0 + 1 }) }
  }

  func mappedBroadcast(_ x: Node, _ dims: [Int]) throws -> Node {
    try onRows(x) { rows in
      let lifted = try lifted(rows, to: dims.count)
      defer { release(lifted) }
      return try broadcast(lifted, [rows.dim(0)] + dims)
    }
  }

  func mappedView(_ x: Node, _ selection: Selection) throws -> Node {
    try onRows(x) { try view($0, selection.behind($0.dim(0))) }
  }

  func mappedConcat(_ xs: [Node], _ axis: Int) throws -> Node? {
    let level = try xs.reduce(0) { max($0, try innermost($1)) }
    if level == 0 { return nil }
    var parts: [Node] = []
    defer { for part in parts { release(part) } }
    for x in xs { parts.append(try rows(of: x, level)) }
    return wrap(try concat(parts, axis: axis + 1), level)
  }

  func mappedUpdate(_ x: Node, _ selection: Selection, _ part: Node) throws -> Node? {
    let level = try innermost(x, part)
    if level == 0 { return nil }
    return try compose { c in
      let whole = try c(rows(of: x, level))
      let rows = try c(self.rows(of: part, level))
      return wrap(try update(whole, selection.behind(whole.dim(0)), rows), level)
    }
  }

  // MARK: Gathers

  /// Ids alone mapped: one gather. A mapped table is gathered from as one long table, at ids that count on from item to
  /// item; before that they are checked as ids of one item.
  func mappedGather(_ table: Node, _ ids: Node) throws -> Node? {
    let level = try innermost(table, ids)
    if level == 0 { return nil }
    guard let tables = try rows(table, level) else { return try onRows(ids) { try gather(table, $0) } }
    let (batch, size) = (tables.dim(0), tables.dim(1))
    return try compose { c in
      let numbers = try c(arange(.int(0), .int(1), size, .i64))
      let checked = try c(gather(numbers, rows(ids, level) ?? ids))
      let offsets = try c(arange(.int(0), .int(size), batch, .i64))
      let wide = try c(reshape(offsets, [batch] + Array(repeating: 1, count: ids.rank)))
      let places = try c(binary(.add, .node(checked), .node(wide)))
      let long = try c(reshape(tables, [batch * size] + tables.dims.dropFirst(2)))
      return wrap(try gather(long, places), level)
    }
  }

  func mappedPick(_ x: Node, _ ids: Node) throws -> Node? {
    let level = try innermost(x, ids)
    if level == 0 { return nil }
    return try compose { c in
      let rows = try c(self.rows(of: x, level))
      let places = try c(self.rows(of: ids, level))
      let (batch, count, classes) = (rows.dim(0), rows.dim(1), rows.dim(2))
      let picked = try c(
        pick(c(reshape(rows, [batch * count, classes])), c(reshape(places, [batch * count]))))
      return wrap(try reshape(picked, [batch, count]), level)
    }
  }

  // MARK: Products

  /// Matrices a and b, or stacks of them with the same leading axes. Rows of a batch times one matrix are one product.
  func mappedProduct(_ a: Node, _ b: Node, _ type: DType) throws -> Node? {
    let level = try innermost(a, b)
    if level == 0 { return nil }
    let left = try rows(a, level)
    let right = try rows(b, level)
    return try compose { c in
      if let left, right == nil, a.rank == 2 {
        let joined = try c(reshape(left, [left.dim(0) * left.dim(1), left.dim(2)]))
        let product = try c(matrices(joined, b, type))
        return wrap(try reshape(product, [left.dim(0), left.dim(1), b.dim(1)]), level)
      }
      if let right, left == nil, b.rank == 2, b.dim(1) == 1 {
        let joined = try c(reshape(right, [right.dim(0), right.dim(1)]))
        let product = try c(matrices(joined, c(permute(a, [1, 0])), type))
        return wrap(try reshape(product, [right.dim(0), a.dim(0), 1]), level)
      }
      return wrap(try matrices(c(rows(of: a, level)), c(rows(of: b, level)), type), level)
    }
  }

  // MARK: Random numbers

  /// Every item gets numbers of its own: one draw for the whole batch.
  func mappedRandom(
    _ distribution: Distribution, _ stream: RandomStream, _ dims: [Int], _ type: DType
  ) throws -> Node {
    let sizes = mapSizes
    switch distribution {
    case .permutation:
      let count = dims.reduce(1, *)
      let items = sizes.reduce(1, *)
      return mappedEverywhere(
        try make(sizes + dims, .i64) { memory in
          let out = memory.assumingMemoryBound(to: Int64.self)
          for item in 0..<items {
            Kernels.permutation(stream.ofItem(item), count: count, into: out + item * count)
          }
        })
    case .categorical(let logits) where logits.isMapped:
      try checkClasses(logits, dims)
      // Every draw of an item with its own copy of the logits, so that an element's numbers are those of its place.
      return try compose { c in
        let wide = try c(broadcast(logits, dims + logits.dims.suffix(1)))
        let rows = try c(everywhere(wide))
        return mappedEverywhere(try draw(.categorical(logits: rows), stream, sizes + dims, type))
      }
    default: return mappedEverywhere(try draw(distribution, stream, sizes + dims, type))
    }
  }
}

extension RandomStream {
  /// Numbers for one item of a batch; the first has those that it would have alone.
  func ofItem(_ item: Int) -> RandomStream {
    RandomStream(key: key &+ UInt64(item) &* 0xD1B5_4A32_D192_ED03, counter: counter)
  }
}

extension Selection {
  /// The same of each row of a batch.
  fileprivate func behind(_ batch: Int) -> Selection {
    var selection = Selection()
    selection.starts = [0] + starts
    selection.steps = [1] + steps
    selection.sizes = [batch] + sizes
    selection.outDims = selection.sizes
    return selection
  }
}
