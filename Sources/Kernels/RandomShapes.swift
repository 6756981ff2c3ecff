// Gamma, Dirichlet and categorical draws.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Kernels {
  /// Gamma with shape `alpha` and scale 1; alpha > 0.
  package static func gamma(
    _ type: DType, alpha: Double, _ stream: RandomStream, count: Int, into target: UnsafeMutableRawPointer,
    control: RunControl
  ) -> KernelOutcome {
    overRows(count, cost: 800, control) { first, last in
      for index in first..<last { write(exp(logGamma(alpha, stream, index)), type, target, index) }
    }
  }

  /// `rows` points of the simplex with parameters `alpha` (one for each of `columns`). Normalised in logarithms, so that
  /// tiny parameters, whose gamma draws all round to 0, still give a distribution.
  package static func dirichlet(
    _ type: DType, alpha: UnsafePointer<Double>, columns: Int, _ stream: RandomStream, rows: Int,
    into target: UnsafeMutableRawPointer, control: RunControl
  ) -> KernelOutcome {
    overRows(rows, cost: columns &* 800, control) { first, last in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: Swift.max(1, columns)) { logs in
        for row in first..<last {
          var top = -Double.infinity
          for column in 0..<columns {
            logs[column] = logGamma(alpha[column], stream, row &* columns &+ column)
            top = Swift.max(top, logs[column])
          }
          var total = 0.0
          for column in 0..<columns {
            logs[column] = exp(logs[column] - top)
            total += logs[column]
          }
          for column in 0..<columns { write(logs[column] / total, type, target, row &* columns &+ column) }
        }
      }
    }
  }

  /// The logarithm of a gamma draw: Marsaglia and Tsang's squeeze ("A simple method for generating gamma variables",
  /// ACM TOMS 26, 2000); one block a round. A shape below 1 is raised by one and scaled by u^(1 / alpha).
  static func logGamma(_ alpha: Double, _ stream: RandomStream, _ index: Int) -> Double {
    let shape = alpha < 1 ? alpha + 1 : alpha
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    var result = log(d)
    var round = 1
    while round < 65_535 {
      let words = stream.block(index, round: round)
      round &+= 1
      let radius = (-2 * log(Philox.open(words[0]))).squareRoot()
      let x = radius * cos(2 * Double.pi * (Double(words[1]) * 0x1p-32))
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      let u = 1 - Philox.unit(words[2], words[3])
      if log(u) < 0.5 * x * x + d - d * v + d * log(v) {
        result = log(d * v)
        break
      }
    }
    if alpha < 1 {
      let words = stream.block(index)
      result += log(1 - Philox.unit(words[0], words[1])) / alpha
    }
    return result
  }

  /// For each of `count` draws the number of a class, with probabilities softmax(logits). Draw i uses row i modulo
  /// `rows` of the logits. The first row that is no distribution (NaN, or -inf everywhere), or -1.
  package static func categorical(
    _ type: DType, logits: UnsafeRawPointer, rows: Int, classes: Int, _ stream: RandomStream, count: Int,
    into out: UnsafeMutablePointer<Int64>, control: RunControl
  ) -> Int {
    if count == 0 || rows == 0 { return -1 }
    // Cumulative weights of every row, then one search a draw.
    let bytes = rows &* classes &* 8
    let memory = Buffers.allocate(bytes)
    defer { Buffers.free(memory, bytes) }
    let sums = memory.assumingMemoryBound(to: Double.self)
    for row in 0..<rows {
      guard cumulate(type, logits, row, classes, sums + row &* classes) else { return row }
    }
    _ = overRows(count, cost: 40, RunControl(pool: control.pool)) { first, last in
      for index in first..<last {
        let row = sums + (index % rows) &* classes
        let words = stream.block(index)
        let wanted = Philox.unit(words[0], words[1]) * row[classes &- 1]
        // The first class whose cumulative weight exceeds the draw; a class of weight 0 never does.
        var low = 0
        var high = classes &- 1
        while low < high {
          let middle = (low &+ high) / 2
          if row[middle] > wanted { high = middle } else { low = middle &+ 1 }
        }
        out[index] = Int64(low)
      }
    }
    return -1
  }

  private static func cumulate(
    _ type: DType, _ logits: UnsafeRawPointer, _ row: Int, _ classes: Int, _ sums: UnsafeMutablePointer<Double>
  ) -> Bool {
    func logit(_ index: Int) -> Double {
      let place = row &* classes &+ index
      return type == .f32
        ? Double(logits.load(fromByteOffset: place &* 4, as: Float.self))
        : logits.load(fromByteOffset: place &* 8, as: Double.self)
    }
    var top = -Double.infinity
    for index in 0..<classes {
      let value = logit(index)
      if value.isNaN { return false }
      top = Swift.max(top, value)
    }
    if top.isInfinite { return false }
    var total = 0.0
    for index in 0..<classes {
      total += exp(logit(index) - top)
      sums[index] = total
    }
    return total > 0
  }
}
