// Indexing: slices are views; index lists and masks gather; an assignment writes in place when nobody else can see it.
//
// A slice is first written as start, step and size for every axis (kept), then axes with a single index are dropped and
// new ones added by a reshape. Starts are run-time values: they never enter a plan's key.
import KernelTypes
import Kernels

/// One item between the brackets of an index.
package enum SliceItem {
  case index(Int)
  /// Both ends optional; a range clips.
  case range(Int?, Int?, step: Int)
  case newAxis
  case ellipsis
  /// i64 positions, or a bool mask.
  case gather(Node)
}

/// A slice in normal form.
struct Selection {
  var starts: [Int] = []
  var steps: [Int] = []
  /// Size of every axis of the whole that the slice keeps.
  var sizes: [Int] = []
  /// The result's sizes, single indices dropped and new axes added.
  var outDims: [Int] = []
  /// Axis of the whole (before dropping) that a gather replaces, its position in `outDims`, and its indices.
  var gather: (axis: Int, outAxis: Int, ids: Node)?
}

extension Graph {
  /// `x[items]`
  package func slice(_ x: Node, _ items: [SliceItem]) throws -> Node {
    if let mask = wholeMask(x, items) { return try selectMasked(x, mask) }
    var selection = try select(x, items)
    if selection.gather == nil, selection.outDims.isEmpty, x.pointee.level == 0, x.isComputed, x.rank > 0 {
      return try computedElement(x, selection.starts)
    }
    let part = try view(x, selection)
    defer { release(part) }
    guard let gathered = selection.gather else { return try reshape(part, selection.outDims) }
    // The gathered axis goes first, is gathered there, and its new axes go where it was.
    let ids = try positions(gathered.ids, size: x.dim(gathered.axis), axis: gathered.axis)
    defer { release(ids) }
    selection.outDims.insert(x.dim(gathered.axis), at: gathered.outAxis)
    let shaped = try reshape(part, selection.outDims)
    defer { release(shaped) }
    let order = [gathered.outAxis] + (0..<shaped.rank).filter { $0 != gathered.outAxis }
    let moved = try permute(shaped, order)
    defer { release(moved) }
    let rows = try gather(moved, ids)
    defer { release(rows) }
    let back =
      (0..<gathered.outAxis).map { $0 + ids.rank } + Array(0..<ids.rank)
      + (gathered.outAxis + ids.rank..<rows.rank)
    return try permute(rows, back)
  }

  /// One element of a computed tensor, at once.
  private func computedElement(_ x: Node, _ starts: [Int]) throws -> Node {
    var flat = 0
    for axis in 0..<x.rank { flat += starts[axis] * x.stride(axis) }
    guard x.pointee.storage != nil else { return number(x.pointee.bits, x.dtype) }
    return number(loadElement(x.dtype, x.base + flat * x.dtype.size), x.dtype)
  }

  func view(_ x: Node, _ selection: Selection) throws -> Node {
    let shape = shapes.intern(selection.sizes)
    if shape == x.pointee.shape && selection.steps.allSatisfy({ $0 == 1 }) { return retain(x) }
    var strides: [Int] = []
    var offset = 0
    for axis in 0..<x.rank {
      strides.append(x.stride(axis) * selection.steps[axis])
      offset += x.stride(axis) * selection.starts[axis]
    }
    return view(.slice, x, shape, internStrides(shape, strides), offset: offset, attributes(x, selection))
  }

  private func attributes(_ x: Node, _ selection: Selection) -> Attributes {
    let attributes = Attributes()
    attributes.starts = selection.starts
    attributes.steps = selection.steps
    attributes.whole = x.dims
    return attributes
  }

  /// Normal form of `items` for `x`.
  func select(_ x: Node, _ items: [SliceItem]) throws -> Selection {
    var named = 0
    var hasEllipsis = false
    for item in items {
      switch item {
      case .index, .range, .gather: named += 1
      case .ellipsis:
        if hasEllipsis { throw TensorError(.badValue(operation: "index", detail: "`...` stands twice")) }
        hasEllipsis = true
      case .newAxis: break
      }
    }
    if named > x.rank {
      throw TensorError(
        .badValue(operation: "index", detail: "\(named) indices for a tensor with \(x.rank) axes, \(shapeText(x.dims))")
      )
    }
    var selection = Selection()
    func keepAll(_ count: Int) {
      for _ in 0..<count {
        let axis = selection.sizes.count
        selection.starts.append(0)
        selection.steps.append(1)
        selection.sizes.append(x.dim(axis))
        selection.outDims.append(x.dim(axis))
      }
    }
    for item in items {
      let axis = selection.sizes.count
      switch item {
      case .newAxis: selection.outDims.append(1)
      case .ellipsis: keepAll(x.rank - named)
      case .index(let index):
        let size = x.dim(axis)
        let resolved = index < 0 ? index + size : index
        if resolved < 0 || resolved >= size {
          throw TensorError(.indexOutOfRange(index: index, size: size, axis: axis))
        }
        selection.starts.append(resolved)
        selection.steps.append(1)
        selection.sizes.append(1)
      case .range(let from, let to, let step):
        let range = try clip(from, to, step, x.dim(axis))
        selection.starts.append(range.start)
        selection.steps.append(step)
        selection.sizes.append(range.count)
        selection.outDims.append(range.count)
      case .gather(let ids):
        if selection.gather != nil {
          throw TensorError(
            .badValue(operation: "index", detail: "two index tensors in one index"), help: "index twice")
        }
        selection.gather = (axis, selection.outDims.count, ids)
        selection.starts.append(0)
        selection.steps.append(1)
        selection.sizes.append(x.dim(axis))
      }
    }
    keepAll(x.rank - selection.sizes.count)
    return selection
  }

  private func clip(_ from: Int?, _ to: Int?, _ step: Int, _ size: Int) throws -> (start: Int, count: Int) {
    if step == 0 { throw TensorError(.badValue(operation: "slice", detail: "the step is 0")) }
    func resolved(_ index: Int) -> Int { index < 0 ? index + size : index }
    if step > 0 {
      let start = min(max(from.map(resolved) ?? 0, 0), size)
      let end = min(max(to.map(resolved) ?? size, 0), size)
      return (start, end > start ? (end - start - 1) / step + 1 : 0)
    }
    let start = min(max(from.map(resolved) ?? size - 1, -1), size - 1)
    let end = to.map { min(max(resolved($0), -1), size - 1) } ?? -1
    return (max(start, 0), start > end ? (start - end - 1) / -step + 1 : 0)
  }

  // MARK: Gathers

  /// Rows of `table` along its first axis: the result has the sizes of `ids`, then those of a row.
  package func gather(_ table: Node, _ ids: Node) throws -> Node {
    if table.rank == 0 { throw TensorError(.badValue(operation: "index", detail: "a scalar has no axes")) }
    let positions = try self.positions(ids, size: table.dim(0), axis: 0)
    defer { release(positions) }
    let shape = try checkedShape(positions.dims + table.dims.dropFirst(), table.dtype)
    if shape.count == 0 && positions.count == 0 { return filled(shape, table.dtype, 0) }
    let rows = try contiguous(table)
    defer { release(rows) }
    let flat = try contiguous(positions)
    defer { release(flat) }
    let node = record(.gather, table.dtype, shape, rows, flat)
    markFailable(node)
    return node
  }

  /// Index lists as they are, masks as the positions that are true.
  private func positions(_ ids: Node, size: Int, axis: Int) throws -> Node {
    if ids.dtype == .i64 { return retain(ids) }
    if ids.dtype != .bool || ids.rank != 1 {
      throw TensorError(
        .wrongType(operation: "index", expected: "integers or a mask with one axis", found: describe(ids)),
        help: ids.dtype.isFloat ? "cast(ids, i64)" : nil)
    }
    if ids.dim(0) != size {
      throw TensorError(
        .shapeMismatch(operation: "mask", detail: "axis \(axis) has \(size) elements, the mask \(ids.dim(0))"))
    }
    return try truePositions(ids)
  }

  private func truePositions(_ mask: Node) throws -> Node {
    let elements = try contents(mask).assumingMemoryBound(to: UInt8.self)
    let found = (0..<mask.count).filter { elements[$0] != 0 }
    return try make([found.count], .i64) { memory in
      let out = memory.assumingMemoryBound(to: Int64.self)
      for (index, position) in found.enumerated() { out[index] = Int64(position) }
    }
  }

  /// A mask with several axes, alone in the brackets.
  private func wholeMask(_ x: Node, _ items: [SliceItem]) -> Node? {
    guard items.count == 1, case .gather(let mask) = items[0], mask.dtype == .bool, mask.rank > 1 else { return nil }
    return mask
  }

  private func selectMasked(_ x: Node, _ mask: Node) throws -> Node {
    if mask.rank > x.rank || mask.dims != Array(x.dims.prefix(mask.rank)) {
      throw TensorError(
        .shapeMismatch(operation: "mask", detail: "\(shapeText(mask.dims)) does not cover \(shapeText(x.dims))"))
    }
    let flat = try reshape(x, [mask.count] + x.dims.dropFirst(mask.rank))
    defer { release(flat) }
    let ids = try truePositions(mask)
    defer { release(ids) }
    return try gather(flat, ids)
  }

  /// One row of `n` with a 1 at each id. Ids outside `0..<n` fail.
  package func oneHot(_ ids: Node, _ n: Int, _ type: DType) throws -> Node {
    if ids.dtype != .i64 {
      throw TensorError(.wrongType(operation: "one_hot", expected: "an i64 tensor", found: describe(ids)))
    }
    let shape = try checkedShape(ids.dims + [n], type)
    if shape.count == 0 && ids.count == 0 { return filled(shape, type, 0) }
    let flat = try contiguous(ids)
    defer { release(flat) }
    let node = record(.oneHot, type, shape, flat)
    markFailable(node)
    return node
  }

  /// `x[i, ids[i]]` for every row i of `x` [n, c].
  func pick(_ x: Node, _ ids: Node) throws -> Node {
    let rows = try contiguous(x)
    defer { release(rows) }
    let flat = try contiguous(ids)
    defer { release(flat) }
    let node = record(.pick, x.dtype, ids.pointee.shape, rows, flat)
    markFailable(node)
    return node
  }

  /// Zeros of the table's sizes with row i of `source` added at row `ids[i]`, in order of i.
  func scatterAdd(_ ids: Node, _ source: Node, tableDims: [Int]) throws -> Node {
    let rows = try contiguous(source)
    defer { release(rows) }
    let node = record(.scatterAdd, source.dtype, shapes.intern(tableDims), ids, rows)
    markFailable(node)
    return node
  }

  // MARK: Joining

  /// The tensors one after another along `axis`.
  package func concat(_ xs: [Node], axis: Int) throws -> Node {
    guard let first = xs.first else { throw TensorError(.badValue(operation: "concat", detail: "no tensors")) }
    let axis = try checkedAxis(axis, first.rank, "concat")
    var type = first.dtype
    for x in xs {
      for other in 0..<max(first.rank, x.rank)
      where x.rank != first.rank || (other != axis && x.dim(other) != first.dim(other)) {
        throw TensorError(
          .shapeMismatch(
            operation: "concat", detail: "\(shapeText(first.dims)) and \(shapeText(x.dims)) along axis \(axis)"))
      }
      type = widestType(type, x.dtype)
    }
    var dims = first.dims
    dims[axis] = xs.reduce(0) { $0 + $1.dim(axis) }
    let shape = try checkedShape(dims, type)
    if shape.count == 0 { return filled(shape, type, 0) }
    let attributes = Attributes()
    attributes.axes = [axis]
    for x in xs where x.count > 0 { attributes.inputs.append(try cast(x, type)) }
    // The inputs' counts move from values to uses.
    let node = record(.concat, type, shape, attributes.inputs[0])
    for input in attributes.inputs {
      input.pointee.uses += 1
      if input.pointee.level > node.pointee.level { track(node, input.pointee.level) }
      release(input)
    }
    node.pointee.attributes = .passRetained(attributes)
    return node
  }

  func widestType(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    if a == .bool { return b }
    if b == .bool { return a }
    if a == .i64 { return b }
    if b == .i64 { return a }
    return .f64
  }

  /// Tensors of equal sizes along a new axis.
  package func stack(_ xs: [Node], axis: Int) throws -> Node {
    guard let first = xs.first else { throw TensorError(.badValue(operation: "stack", detail: "no tensors")) }
    let axis = try checkedAxis(axis, first.rank + 1, "stack")
    var parts: [Node] = []
    defer { for part in parts { release(part) } }
    for x in xs {
      if x.dims != first.dims {
        throw TensorError(
          .shapeMismatch(operation: "stack", detail: "\(shapeText(first.dims)) and \(shapeText(x.dims))"))
      }
      var dims = x.dims
      dims.insert(1, at: axis)
      parts.append(try reshape(x, dims))
    }
    return try concat(parts, axis: axis)
  }

  // MARK: Writing

  /// The tensor with `value` at `items`. `x` is given up by the caller, also when this throws: when nobody else holds it
  /// the elements are written in place. Pending readers of `x` are computed first, so that filling a tensor element by
  /// element, each from its neighbour, takes linear time.
  package func assign(_ x: Node, _ items: [SliceItem], _ value: Operand) throws -> Node {
    defer { release(x) }
    let selection = try select(x, items)
    if selection.gather != nil {
      throw TensorError(
        .badValue(operation: "assignment", detail: "an index tensor on the left side"),
        help: "use where(mask, value, x)")
    }
    let part = try operandNode(value, x.dtype)
    defer { release(part) }
    if x.pointee.level > 0 || part.pointee.level > 0 { return try update(x, selection, part) }
    let fits = try broadcast(part, selection.outDims)
    defer { release(fits) }
    try force([x, part])
    if x.pointee.header.count == 1 && x.pointee.uses > 0 && pendingCount <= max(64, x.count) { try cut() }
    let target = try writable(x)
    do {
      try write(fits, into: target, selection)
    } catch {
      release(target)
      throw error
    }
    return target
  }

  /// `x` itself, held once more, when it is the only view of its elements; else a copy.
  private func writable(_ x: Node) throws -> Node {
    if x.pointee.header.count == 1, x.pointee.uses == 0, x.isContiguous, x.pointee.op == .leaf,
      let storage = x.pointee.storage, storage.pointee.holders == 1
    {
      if let copy = x.pointee.copy { releaseStorage(copy) }
      x.pointee.copy = nil
      return retain(x)
    }
    let storage = try copied(x)
    let node = newNode(.leaf, x.dtype, x.pointee.shape)
    node.pointee.storage = storage
    return node
  }

  private func write(_ part: Node, into x: Node, _ selection: Selection) throws {
    if selection.outDims.isEmpty {
      var flat = 0
      for axis in 0..<x.rank { flat += selection.starts[axis] * x.stride(axis) }
      storeElement(try elementBits(part), x.dtype, x.base + flat * x.dtype.size)
      return
    }
    try force([part])
    let source = try contents(part)
    placeStrided(source, x.base, selection, x)
  }

  private func placeStrided(
    _ source: UnsafeRawPointer, _ base: UnsafeMutableRawPointer, _ selection: Selection, _ x: Node
  ) {
    var offset = 0
    var strides: [Int] = []
    for axis in 0..<x.rank {
      offset += selection.starts[axis] * x.stride(axis)
      strides.append(x.stride(axis) * selection.steps[axis])
    }
    _ = Kernels.copyToStrided(
      x.dtype, dims: selection.sizes, strides: strides, from: source, into: base + offset * x.dtype.size,
      control: RunControl(pool: pool))
  }

  /// The assignment as a node, for gradient scopes.
  func update(_ x: Node, _ selection: Selection, _ part: Node) throws -> Node {
    let fits = try broadcast(part, selection.outDims)
    defer { release(fits) }
    let kept = try reshape(fits, selection.sizes)
    defer { release(kept) }
    let flat = try contiguous(kept)
    defer { release(flat) }
    let whole = try contiguous(x)
    defer { release(whole) }
    let node = record(.update, x.dtype, x.pointee.shape, whole, flat)
    node.pointee.attributes = .passRetained(attributes(x, selection))
    return node
  }

  /// Zeros of the sizes of `whole` with `x` at the places that a slice with these starts and steps reads.
  func embed(_ x: Node, _ like: Attributes) throws -> Node {
    let flat = try contiguous(x)
    defer { release(flat) }
    let node = record(.embed, x.dtype, shapes.intern(like.whole), flat)
    let attributes = Attributes()
    attributes.starts = like.starts
    attributes.steps = like.steps
    attributes.whole = like.whole
    node.pointee.attributes = .passRetained(attributes)
    return node
  }
}
