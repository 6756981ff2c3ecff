// Steps that are one node: products, row operations, gathers, writes.
import KernelTypes
import Kernels

extension PlanRun {
  /// Computes local node `index` from the elements of its inputs.
  func executeNode(_ index: Int) throws {
    let node = local[index]
    guard let first = node.pointee.in0 else { return }
    let x = UnsafeRawPointer(address(first.pointee.mark))
    switch node.pointee.op {
    case .matmul: try executeProduct(index, node, first)
    case .softmax, .logSoftmax, .logSumExp, .cumulativeSum: try executeRows(index, node, first, x)
    case .argReduce:
      let length = first.dim(first.rank - 1)
      let out = try output(index).assumingMemoryBound(to: Int64.self)
      let outcome = Kernels.argReduce(
        max: node.pointee.sub == 1, first.dtype, rows: first.count / length, columns: length, from: x, into: out,
        control: control)
      try finishStep(outcome, index)
    case .gather: try executeGather(index, node, first, x)
    case .scatterAdd: try executeScatter(index, node, first, x)
    case .pick: try executePick(index, node, first, x)
    case .oneHot: try executeOneHot(index, node, first, x)
    case .embed, .update: try executeUpdate(index, node, x)
    case .concat: try executeConcat(index, node)
    case .recurrence: try executeRecurrence(index, node)
    case .leaf, .number, .filled, .mapped, .element, .reduce, .alias, .reshape, .permute, .broadcast, .slice:
      break  // never steps of their own
    }
  }

  private func finishStep(_ outcome: KernelOutcome, _ index: Int) throws {
    switch outcome {
    case .done: break
    case .cancelled: throw TensorError(.cancelled)
    case .failed(_, let reason, _): fail(index, integerError(reason, nil))
    }
  }

  // MARK: Products and rows

  /// Matrices as they lie: row-major or transposed, in plain stacks.
  private func executeProduct(_ index: Int, _ node: Node, _ a: Node) throws {
    guard let b = node.pointee.in1 else { return }
    let rank = node.rank
    let m = node.dim(rank - 2)
    let n = node.dim(rank - 1)
    let k = a.dim(a.rank - 1)
    let left = PlanRun.layout(a)
    let right = PlanRun.layout(b)
    let x = UnsafeRawPointer(address(a.pointee.mark))
    let y = UnsafeRawPointer(address(b.pointee.mark))
    let out = try output(index)
    do {
      let outcome = try Kernels.gemm(
        node.dtype, transposeA: left.transposed, transposeB: right.transposed, m: m, n: n, k: k, a: x,
        lda: left.leading, b: y, ldb: right.leading, c: out, ldc: n, batch: rank > 2 ? node.count / (m * n) : 1,
        strideA: left.stack, strideB: right.stack, strideC: m * n, control: control)
      try finishStep(outcome, index)
    } catch KernelError.missingLibrary(let library, let package) {
      throw TensorError(
        .missingLibrary(library: library, package: package), help: "install it: apt-get install \(package)")
    }
  }

  private static func layout(_ x: Node) -> (transposed: Bool, leading: Int, stack: Int) {
    let rank = x.rank
    let stack = rank > 2 ? x.stride(rank - 3) : 0
    let rows = x.dim(rank - 2)
    let columns = x.dim(rank - 1)
    if x.stride(rank - 1) == 1 || columns == 1 && x.stride(rank - 2) != 1 {
      return (false, max(x.stride(rank - 2), columns), stack)
    }
    return (true, max(x.stride(rank - 1), rows), stack)
  }

  private func executeRows(_ index: Int, _ node: Node, _ input: Node, _ x: UnsafeRawPointer) throws {
    let columns = input.dim(input.rank - 1)
    let op: RowOp =
      switch node.pointee.op {
      case .softmax: .softmax
      case .logSoftmax: .logSoftmax
      case .logSumExp: .logSumExp
      default: .cumulativeSum
      }
    let out = try output(index)
    let outcome =
      node.dtype == .i64
      ? Kernels.cumulativeSumInteger(
        rows: input.count / columns, columns: columns, from: x.assumingMemoryBound(to: Int64.self),
        into: out.assumingMemoryBound(to: Int64.self))
      : Kernels.rows(
        op, node.dtype, rows: input.count / columns, columns: columns, from: x, into: out, control: control)
    try finishStep(outcome, index)
  }

  // MARK: Gathers

  private func executeGather(_ index: Int, _ node: Node, _ table: Node, _ x: UnsafeRawPointer) throws {
    guard let ids = node.pointee.in1 else { return }
    let positions = UnsafeRawPointer(address(ids.pointee.mark)).assumingMemoryBound(to: Int64.self)
    let size = table.dim(0)
    let bad = Kernels.gatherRows(
      rowBytes: size == 0 ? 0 : table.count / size * table.dtype.size, rows: size, ids: positions, count: ids.count,
      from: x, into: try output(index), control: control)
    if bad >= 0 { fail(index, PlanRun.badIndex(positions[bad], size)) }
  }

  private func executeScatter(_ index: Int, _ node: Node, _ ids: Node, _ x: UnsafeRawPointer) throws {
    guard let source = node.pointee.in1 else { return }
    let positions = x.assumingMemoryBound(to: Int64.self)
    let rows = node.dim(0)
    let out = try output(index)
    Kernels.fill(node.dtype, bits: 0, count: node.count, into: out)
    let bad = Kernels.scatterAddRows(
      node.dtype, length: rows == 0 ? 0 : node.count / rows, rows: rows, ids: positions, count: ids.count,
      from: UnsafeRawPointer(address(source.pointee.mark)), into: out)
    if bad >= 0 { fail(index, PlanRun.badIndex(positions[bad], rows)) }
  }

  private func executePick(_ index: Int, _ node: Node, _ rows: Node, _ x: UnsafeRawPointer) throws {
    guard let ids = node.pointee.in1 else { return }
    let positions = UnsafeRawPointer(address(ids.pointee.mark)).assumingMemoryBound(to: Int64.self)
    let columns = rows.dim(1)
    let size = node.dtype.size
    let out = try output(index)
    for row in 0..<ids.count {
      // A label does not count from the end: -1 marks something else where it comes from.
      let column = Int(positions[row])
      guard column >= 0 && column < columns else {
        fail(index, PlanRun.badClass(positions[row], columns))
        return
      }
      (out + row * size).copyMemory(from: x + (row * columns + column) * size, byteCount: size)
    }
  }

  private func executeOneHot(_ index: Int, _ node: Node, _ ids: Node, _ x: UnsafeRawPointer) throws {
    let positions = x.assumingMemoryBound(to: Int64.self)
    let columns = node.dim(node.rank - 1)
    // As for labels: no id counts from the end.
    if let row = (0..<ids.count).first(where: { positions[$0] < 0 }) {
      fail(index, PlanRun.badClass(positions[row], columns))
      return
    }
    let bad = Kernels.oneHot(node.dtype, classes: columns, ids: positions, count: ids.count, into: try output(index))
    if bad >= 0 { fail(index, PlanRun.badClass(positions[bad], columns)) }
  }

  private static func badIndex(_ position: Int64, _ size: Int) -> TensorError {
    TensorError(.indexOutOfRange(index: Int(position), size: size, axis: 0))
  }

  private static func badClass(_ position: Int64, _ classes: Int) -> TensorError {
    TensorError(.labelOutOfRange(label: Int(position), classes: classes))
  }

  // MARK: Writes

  private func executeUpdate(_ index: Int, _ node: Node, _ x: UnsafeRawPointer) throws {
    let out = try output(index)
    let size = node.dtype.size
    var part = node.pointee.in0
    if node.pointee.op == .update {
      out.copyMemory(from: x, byteCount: node.count * size)
      part = node.pointee.in1
    } else {
      Kernels.fill(node.dtype, bits: 0, count: node.count, into: out)
    }
    guard let part else { return }
    let attributes = node.given
    var offset = 0
    var strides: [Int] = []
    for axis in 0..<node.rank {
      offset += attributes.starts[axis] * node.stride(axis)
      strides.append(node.stride(axis) * attributes.steps[axis])
    }
    _ = Kernels.copyToStrided(
      node.dtype, dims: part.dims, strides: strides, from: UnsafeRawPointer(address(part.pointee.mark)),
      into: out + offset * size, control: uninterrupted)
  }

  private func executeConcat(_ index: Int, _ node: Node) throws {
    let out = try output(index)
    let axis = node.given.axes[0]
    let size = node.dtype.size
    var start = 0
    // A contiguous destination seen as rows: the part's rows lie `node.stride(axis) * dim` apart.
    for input in node.given.inputs {
      let from = UnsafeRawPointer(address(input.pointee.mark))
      let strides = (0..<node.rank).map { node.stride($0) }
      let target = out + start * node.stride(axis) * size
      if input.isContiguous {
        _ = Kernels.copyToStrided(
          node.dtype, dims: input.dims, strides: strides, from: from, into: target, control: uninterrupted)
      } else {
        let bytes = input.count * size
        let temporary = try graph.newStorage(bytes)
        defer { graph.releaseStorage(temporary) }
        _ = Kernels.copyStrided(
          node.dtype, dims: input.dims, strides: (0..<input.rank).map { input.stride($0) }, from: from,
          into: temporary.pointee.memory, control: uninterrupted)
        _ = Kernels.copyToStrided(
          node.dtype, dims: input.dims, strides: strides, from: UnsafeRawPointer(temporary.pointee.memory),
          into: target, control: uninterrupted)
      }
      start += input.dim(axis)
    }
  }
}

extension Plan {
  /// The error of a loop that failed.
  static func error(_ reason: IntegerFailure, _ node: Node) -> TensorError {
    integerError(reason, node.pointee.op == .element ? node.elementOp : nil)
  }
}
