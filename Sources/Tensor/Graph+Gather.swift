// Gathers: rows by index lists, masks, one-hot rows, and the sums that undo them in derivatives. An index is checked when
// the elements are computed, so these nodes can fail later; a look, the end of a `try` or of the script raises it.
import KernelTypes

extension Graph {
  /// Rows of `table` along its first axis: the result has the sizes of `ids`, then those of a row.
  package func gather(_ table: Node, _ ids: Node) throws -> Node {
    if table.rank == 0 { throw TensorError(.badValue(operation: "index", detail: "a scalar has no axes")) }
    let positions = try self.positions(ids, size: table.dim(0), axis: 0)
    defer { release(positions) }
    let shape = try checkedShape(positions.dims + table.dims.dropFirst(), table.dtype)
    if shape.count == 0 && positions.count == 0 { return filled(shape, table.dtype, 0) }
    if isMapping, let node = try mappedGather(table, positions) { return node }
    let rows = try contiguous(table)
    defer { release(rows) }
    let flat = try contiguous(positions)
    defer { release(flat) }
    let node = record(.gather, table.dtype, shape, rows, flat)
    markFailable(node)
    return node
  }

  /// Index lists as they are, masks as the positions that are true.
  func positions(_ ids: Node, size: Int, axis: Int) throws -> Node {
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
  func wholeMask(_ x: Node, _ items: [SliceItem]) -> Node? {
    guard items.count == 1, case .gather(let mask) = items[0], mask.dtype == .bool, mask.rank > 1 else { return nil }
    return mask
  }

  func selectMasked(_ x: Node, _ mask: Node) throws -> Node {
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
    if ids.isMapped { return try onRows(ids) { try oneHot($0, n, type) } }
    let flat = try contiguous(ids)
    defer { release(flat) }
    let node = record(.oneHot, type, shape, flat)
    markFailable(node)
    return node
  }

  /// `x[i, ids[i]]` for every row i of `x` [n, c].
  func pick(_ x: Node, _ ids: Node) throws -> Node {
    if isMapping, let node = try mappedPick(x, ids) { return node }
    let rows = try contiguous(x)
    defer { release(rows) }
    let flat = try contiguous(ids)
    defer { release(flat) }
    let node = record(.pick, x.dtype, ids.pointee.shape, rows, flat)
    markFailable(node)
    return node
  }

  /// Zeros of the table's sizes with row i of `source` added at row `ids[i]`, in order of i. The ids are those of a gather,
  /// which has failed already if they do not fit.
  func scatterAdd(_ ids: Node, _ source: Node, tableDims: [Int]) throws -> Node {
    let rows = try contiguous(source)
    defer { release(rows) }
    let node = record(.scatterAdd, source.dtype, shapes.intern(tableDims), ids, rows)
    return node
  }
}
