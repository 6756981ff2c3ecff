// Matrix products, and the losses that are rows of them.
import KernelTypes

extension Graph {
  /// `a @ b`: vectors, matrices, and stacks of matrices whose leading axes broadcast.
  package func matmul(_ a: Node, _ b: Node) throws -> Node {
    let type = widestType(a.dtype, b.dtype)
    if a.rank == 0 || b.rank == 0 {
      throw TensorError(
        .wrongType(operation: "`@`", expected: "tensors with axes", found: "\(describe(a)) and \(describe(b))"),
        help: "use `*`")
    }
    let realType: DType = type.isFloat ? type : .f32
    let left = try cast(a, realType)
    defer { release(left) }
    let right = try cast(b, realType)
    defer { release(right) }
    let inner = a.dim(a.rank - 1)
    let other = b.rank == 1 ? b.dim(0) : b.dim(b.rank - 2)
    if inner != other {
      var error = TensorError(
        .shapeMismatch(
          operation: "`@`",
          detail: "needs inner sizes to agree, found \(inner) and \(other): \(shapeText(a.dims)) @ \(shapeText(b.dims))"
        ))
      error.origins = [(a.site, "\(shapeText(a.dims)) was made here"), (b.site, "\(shapeText(b.dims)) was made here")]
      throw error
    }
    let x = a.rank == 1 ? try reshape(left, [1, inner]) : retain(left)
    defer { release(x) }
    let y = b.rank == 1 ? try reshape(right, [inner, 1]) : retain(right)
    defer { release(y) }
    let product = try matrices(x, y, realType)
    if a.rank > 1 && b.rank > 1 { return product }
    defer { release(product) }
    var dims = product.dims
    if b.rank == 1 { dims.removeLast() }
    if a.rank == 1 { dims.remove(at: dims.count - (b.rank == 1 ? 1 : 2)) }
    return try reshape(product, dims)
  }

  /// Matrices, or stacks of them, whose inner sizes agree.
  func matrices(_ a: Node, _ b: Node, _ type: DType) throws -> Node {
    let rows = a.dim(a.rank - 2)
    let columns = b.dim(b.rank - 1)
    var x = retain(a)
    var y = retain(b)
    defer {
      release(x)
      release(y)
    }
    var batch: [Int] = []
    if a.rank > 2 || b.rank > 2 {
      let aBatch = shapes.intern(Array(a.dims.dropLast(2)))
      let bBatch = shapes.intern(Array(b.dims.dropLast(2)))
      batch = try broadcastShape(aBatch, bBatch, "`@`").dims
      let wideX = try broadcast(a, batch + a.dims.suffix(2))
      let wideY = try broadcast(b, batch + b.dims.suffix(2))
      release(x)
      release(y)
      x = wideX
      y = wideY
    }
    let shape = try checkedShape(batch + [rows, columns], type)
    if shape.count == 0 || x.count == 0 { return filled(shape, type, 0) }
    if isMapping, let node = try mappedProduct(x, y, type) { return node }
    let left = try product(readable: x)
    defer { release(left) }
    let right = try product(readable: y)
    defer { release(right) }
    let node = record(.matmul, type, shape, left, right)
    pendingWork &+= shape.count &* max(1, x.dim(x.rank - 1) / 8)
    return node
  }

  /// The operand if a matrix product can read it as it lies: rows or columns contiguous, and at most a plain stack.
  private func product(readable x: Node) throws -> Node {
    if x.isContiguous { return retain(x) }
    let rank = x.rank
    let rowMajor = x.stride(rank - 1) == 1 && x.stride(rank - 2) >= max(1, x.dim(rank - 1))
    let columnMajor = x.stride(rank - 2) == 1 && x.stride(rank - 1) >= max(1, x.dim(rank - 2))
    if rowMajor || columnMajor {
      if rank == 2 { return retain(x) }
      if rank == 3 { return retain(x) }
    }
    return try contiguous(x)
  }

  /// Loss of each row: `-log softmax(logits)[label]` for i64 labels [n], or `-sum(p * log softmax(logits))` for
  /// probabilities [n, c].
  package func crossEntropy(_ logits: Node, _ labels: Node) throws -> Node {
    if logits.rank == 0 {
      throw TensorError(.wrongType(operation: "cross_entropy", expected: "logits [n, c]", found: describe(logits)))
    }
    let real = logits.dtype.isFloat ? retain(logits) : try cast(logits, .f32)
    defer { release(real) }
    let classes = real.dim(real.rank - 1)
    if labels.dtype == .i64 || labels.dtype == .bool {
      if labels.dims != Array(real.dims.dropLast()) {
        throw TensorError(
          .shapeMismatch(
            operation: "cross_entropy",
            detail:
              "logits \(shapeText(logits.dims)) need labels \(shapeText(Array(logits.dims.dropLast()))), found \(shapeText(labels.dims))"
          ))
      }
      let ids = try cast(labels, .i64)
      defer { release(ids) }
      let flatIDs = try reshape(ids, [ids.count])
      defer { release(flatIDs) }
      let rows = try reshape(real, [ids.count, classes])
      defer { release(rows) }
      let total = try logSumExpRows(rows)
      defer { release(total) }
      let chosen = try pick(rows, flatIDs)
      defer { release(chosen) }
      let loss = try binary(.sub, .node(total), .node(chosen))
      defer { release(loss) }
      return try reshape(loss, labels.dims)
    }
    if labels.dims != real.dims {
      throw TensorError(
        .shapeMismatch(
          operation: "cross_entropy",
          detail: "logits \(shapeText(logits.dims)) and probabilities \(shapeText(labels.dims))"))
    }
    let logs = try logSoftmax(real, axis: -1)
    defer { release(logs) }
    let weighted = try binary(.mul, .node(labels), .node(logs))
    defer { release(weighted) }
    let sum = try reduce(.sum, weighted, axes: [-1], keepDims: false)
    defer { release(sum) }
    return try unary(.neg, sum)
  }
}
