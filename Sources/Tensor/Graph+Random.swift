// Random tensors. A draw is computed when it is asked for, from the generator's key and the number of the draw alone:
// element i has counter words of its own, so bits depend neither on chunking nor on threads.
import KernelTypes
import Kernels

/// A distribution that scripts can draw from.
package enum Distribution {
  /// Half-open interval.
  case uniform(low: Double, high: Double)
  case normal(mean: Double, sd: Double)
  /// Half-open interval, each value as likely.
  case integers(low: Int, high: Int)
  case bernoulli(p: Double)
  /// Scale 1.
  case gamma(shape: Double)
  /// Rate 1.
  case exponential
  /// One class a draw, by softmax of the last axis of `logits`; leading axes of `logits` broadcast to the draws.
  case categorical(logits: Node)
  /// The numbers 0..<n in random order, n the size of the one axis.
  case permutation
  /// Rows on the simplex; `alpha` has the size of the last axis.
  case dirichlet(alpha: Node)
}

extension Graph {
  /// Draws a tensor of sizes `dims`. `key` is the generator's, `counter` the number of the draw. Integers for
  /// `integers`, `categorical` and `permutation`, bool for `bernoulli`, else `type` (f32 or f64).
  package func random(
    _ distribution: Distribution, key: UInt64, counter: UInt64, _ dims: [Int], _ type: DType
  ) throws -> Node {
    let stream = RandomStream(key: key, counter: counter)
    return try isMapping ? mappedRandom(distribution, stream, dims, type) : draw(distribution, stream, dims, type)
  }

  func draw(_ distribution: Distribution, _ stream: RandomStream, _ dims: [Int], _ type: DType) throws -> Node {
    let control = RunControl(pool: pool)
    switch distribution {
    case .integers(let low, let high):
      if low >= high {
        throw TensorError(.badValue(operation: "integers", detail: "no integer lies in \(low)..\(high)"))
      }
      return try make(dims, .i64) { memory in
        let out = memory.assumingMemoryBound(to: Int64.self)
        let count = dims.reduce(1, *)
        _ = Kernels.integers(
          low: Int64(low), high: Int64(high), stream, count: count, into: out, control: control)
      }
    case .bernoulli(let p):
      return try make(dims, .bool) { memory in
        let out = memory.assumingMemoryBound(to: UInt8.self)
        _ = Kernels.bernoulli(probability: p, stream, count: dims.reduce(1, *), into: out, control: control)
      }
    case .permutation:
      return try make(dims, .i64) { memory in
        let out = memory.assumingMemoryBound(to: Int64.self)
        Kernels.permutation(stream, count: dims.reduce(1, *), into: out)
      }
    case .categorical(let logits): return try categorical(logits, stream, dims)
    case .dirichlet(let alpha): return try dirichlet(alpha, stream, dims, type)
    default: return try real(distribution, stream, dims, type)
    }
  }

  private func real(_ distribution: Distribution, _ stream: RandomStream, _ dims: [Int], _ type: DType) throws -> Node {
    if !type.isFloat {
      throw TensorError(.wrongType(operation: "random", expected: "f32 or f64", found: type.name))
    }
    let control = RunControl(pool: pool)
    return try make(dims, type) { memory in
      let count = dims.reduce(1, *)
      switch distribution {
      case .uniform(let low, let high):
        _ = Kernels.uniform(type, low: low, high: high, stream, count: count, into: memory, control: control)
      case .normal(let mean, let sd):
        _ = Kernels.normal(type, mean: mean, deviation: sd, stream, count: count, into: memory, control: control)
      case .exponential:
        _ = Kernels.exponential(type, stream, count: count, into: memory, control: control)
      case .gamma(let shape):
        if !(shape > 0 && shape.isFinite) {
          throw TensorError(.badValue(operation: "gamma", detail: "alpha must be positive and finite, found \(shape)"))
        }
        _ = Kernels.gamma(type, alpha: shape, stream, count: count, into: memory, control: control)
      case .integers, .bernoulli, .categorical, .permutation, .dirichlet: break
      }
    }
  }

  /// Logits need classes, and leading axes that are the last ones of the draw.
  func checkClasses(_ logits: Node, _ dims: [Int]) throws {
    if logits.rank == 0 || logits.dim(logits.rank - 1) == 0 {
      throw TensorError(
        .badValue(operation: "categorical", detail: "logits need a last axis of classes, found \(describe(logits))"))
    }
    let leading = Array(logits.dims.dropLast())
    if leading != Array(dims.suffix(leading.count)) {
      throw TensorError(
        .shapeMismatch(
          operation: "categorical",
          detail: "logits \(shapeText(logits.dims)) draw classes \(shapeText(leading)), asked for \(shapeText(dims))"))
    }
  }

  private func categorical(_ logits: Node, _ stream: RandomStream, _ dims: [Int]) throws -> Node {
    let real = logits.dtype.isFloat ? retain(logits) : try cast(logits, .f32)
    defer { release(real) }
    try checkClasses(real, dims)
    let classes = real.dim(real.rank - 1)
    let elements = try contents(real)
    return try make(dims, .i64) { memory in
      let bad = Kernels.categorical(
        real.dtype, logits: elements, rows: real.count / classes, classes: classes, stream, count: dims.reduce(1, *),
        into: memory.assumingMemoryBound(to: Int64.self), control: RunControl(pool: pool))
      if bad >= 0 {
        throw TensorError(
          .badValue(
            operation: "categorical", detail: "row \(bad) of the logits is no distribution (nan, or -inf everywhere)"))
      }
    }
  }

  private func dirichlet(_ alpha: Node, _ stream: RandomStream, _ dims: [Int], _ type: DType) throws -> Node {
    let wide = try cast(alpha, .f64)
    defer { release(wide) }
    let columns = wide.count
    if dims.last != columns || columns == 0 {
      throw TensorError(
        .shapeMismatch(
          operation: "dirichlet", detail: "alpha has \(columns) elements, rows of \(shapeText(dims)) another number"))
    }
    let elements = try contents(wide).assumingMemoryBound(to: Double.self)
    for index in 0..<columns where !(elements[index] > 0 && elements[index].isFinite) {
      throw TensorError(
        .badValue(operation: "dirichlet", detail: "alpha must be positive and finite, found \(elements[index])"))
    }
    return try make(dims, type) { memory in
      _ = Kernels.dirichlet(
        type, alpha: elements, columns: columns, stream, rows: dims.dropLast().reduce(1, *), into: memory,
        control: RunControl(pool: pool))
    }
  }
}
