// What reductions do with the columns of their rows: values, weights (derivatives in the terms), and the tangents of both.
// Smoothed maxima have kernels; sums, products and means are plain loops here.
import KernelTypes
import Kernels

extension Frame {
  func value(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int, _ out: UnsafeMutableRawPointer
  ) {
    let operation = reduction.pointee.operation
    let type = reduction.pointee.type
    if let user = function(of: operation) {
      return fail(reduction, unless: user.values(UserReduction.Rows(rows, type, count, pitch, lanes), into: out))
    }
    if let columns = reduction.pointee.columns {
      columns(out, nil, rows, count, pitch, lanes, operation.signedGamma, operation.alpha)
      if operation.isCentred && operation.kind == .l2 && count > 0 { centre(out, type, lanes, operation) }
      return
    }
    Lanes.fill(out, bits: operation.neutral(type), size: type.size, count: pitch)
    guard let fold = reduction.pointee.fold, count > 0 else {
      if operation.kind == .mean {
        Lanes.fill(
          out, bits: type == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern, size: type.size, count: lanes)
      }
      return
    }
    // The kernel takes whole rows: their padding holds the neutral element too.
    if pitch > lanes {
      for row in 0..<count {
        Lanes.fill(
          rows + (row &* pitch &+ lanes) &* type.size, bits: operation.neutral(type), size: type.size,
          count: pitch &- lanes)
      }
    }
    let failed = fold(out, rows, count, pitch)
    if failed >= 0 {
      failure = .integer(place: reduction.pointee.place, reason: Int(IntegerFailure.overflow.rawValue))
    }
    guard operation.kind == .mean else { return }
    let counts = counts + reduction.pointee.depth &* self.lanes
    for lane in 0..<lanes {
      if type == .f32 {
        out.assumingMemoryBound(to: Float.self)[lane] /= Float(counts[lane])
      } else {
        out.assumingMemoryBound(to: Double.self)[lane] /= counts[lane]
      }
    }
  }

  /// Of the regulariser (|q|^2 - 1) / 2 instead of |q|^2 / 2: gamma / 2 more (less for a minimum).
  private func centre(_ out: UnsafeMutableRawPointer, _ type: DType, _ lanes: Int, _ operation: ReductionOperator) {
    for lane in 0..<lanes {
      if type == .f32 {
        out.assumingMemoryBound(to: Float.self)[lane] += Float(operation.signedGamma / 2)
      } else {
        out.assumingMemoryBound(to: Double.self)[lane] += operation.signedGamma / 2
      }
    }
  }

  /// Turns rows of terms into rows of weights.
  func weights(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int
  ) {
    let operation = reduction.pointee.operation
    let type = reduction.pointee.type
    if let user = function(of: operation) {
      let terms = UserReduction.Rows(rows, type, count, pitch, lanes)
      return fail(reduction, unless: user.weights(terms, keepsTerms: reduction.pointee.isDual))
    }
    if let columns = reduction.pointee.columns {
      columns(nil, rows, rows, count, pitch, lanes, operation.signedGamma, operation.alpha)
      return
    }
    let counts = counts + reduction.pointee.depth &* self.lanes
    if type == .f32 {
      plainWeights(operation, rows.assumingMemoryBound(to: Float.self), counts, count, pitch, lanes)
    } else {
      plainWeights(operation, rows.assumingMemoryBound(to: Double.self), counts, count, pitch, lanes)
    }
  }

  private func plainWeights<T: BinaryFloatingPoint>(
    _ operation: ReductionOperator, _ rows: UnsafeMutablePointer<T>, _ counts: UnsafeMutablePointer<Double>,
    _ count: Int, _ pitch: Int, _ lanes: Int
  ) {
    for lane in 0..<lanes {
      switch operation.kind {
      case .mean:
        let share = T(1 / counts[lane])
        for row in 0..<count { rows[row &* pitch &+ lane] = share }
      case .prod:
        // The product of the others: what comes before times what comes behind.
        var before = T(1)
        var behind = [T](repeating: 1, count: count + 1)
        for row in stride(from: count - 1, through: 0, by: -1) {
          behind[row] = behind[row + 1] * rows[row &* pitch &+ lane]
        }
        for row in 0..<count {
          let term = rows[row &* pitch &+ lane]
          rows[row &* pitch &+ lane] = before * behind[row + 1]
          before *= term
        }
      default: for row in 0..<count { rows[row &* pitch &+ lane] = 1 }
      }
    }
  }

  /// Weights of a product with their tangents, from terms with theirs: as `plainWeights`, on dual numbers.
  func dualProductWeights(
    _ type: DType, _ rows: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int
  ) {
    for lane in 0..<lanes {
      var behind = [(value: Double, tangent: Double)](repeating: (1, 0), count: count + 1)
      for row in stride(from: count - 1, through: 0, by: -1) {
        let (x, dx) = (element(rows, row &* pitch &+ lane, type), element(tangents, row &* pitch &+ lane, type))
        let next = behind[row + 1]
        behind[row] = (next.value * x, next.tangent * x + next.value * dx)
      }
      var before = (value: 1.0, tangent: 0.0)
      for row in 0..<count {
        let index = row &* pitch &+ lane
        let (x, dx) = (element(rows, index, type), element(tangents, index, type))
        let next = behind[row + 1]
        setElement(rows, index, before.value * next.value, type)
        setElement(tangents, index, before.tangent * next.value + before.value * next.tangent, type)
        before = (before.value * x, before.tangent * x + before.value * dx)
      }
    }
  }

  /// From weights and tangents of terms: the tangent of the value, and those of the weights (in place of the terms').
  func product(
    _ reduction: UnsafePointer<ReductionCode>, _ weights: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer,
    _ count: Int, _ pitch: Int, _ lanes: Int, _ valueDot: UnsafeMutableRawPointer?,
    _ weightsDot: UnsafeMutableRawPointer?
  ) {
    let operation = reduction.pointee.operation
    if let user = function(of: operation) {
      let type = reduction.pointee.type
      let (terms, changes) = (
        UserReduction.Rows(weights, type, count, pitch, lanes), UserReduction.Rows(tangents, type, count, pitch, lanes)
      )
      return fail(reduction, unless: user.product(terms, changes, valueDot, weightsDot))
    }
    if let product = reduction.pointee.product {
      product(
        valueDot, weightsDot, weights, tangents, count, pitch, lanes, operation.signedGamma, operation.alpha)
      return
    }
    if reduction.pointee.type == .f32 {
      plainProduct(weights, tangents, count, pitch, lanes, valueDot, weightsDot, Float.self)
    } else {
      plainProduct(weights, tangents, count, pitch, lanes, valueDot, weightsDot, Double.self)
    }
  }

  private func plainProduct<T: BinaryFloatingPoint>(
    _ weights: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int, _ lanes: Int,
    _ valueDot: UnsafeMutableRawPointer?, _ weightsDot: UnsafeMutableRawPointer?, _: T.Type
  ) {
    let weights = weights.assumingMemoryBound(to: T.self)
    let tangents = tangents.assumingMemoryBound(to: T.self)
    for lane in 0..<lanes {
      var total = T(0)
      for row in 0..<count { total += weights[row &* pitch &+ lane] * tangents[row &* pitch &+ lane] }
      valueDot?.assumingMemoryBound(to: T.self)[lane] = total
      guard let out = weightsDot?.assumingMemoryBound(to: T.self) else { continue }
      // Weights of a sum and of a mean do not change.
      for row in 0..<count { out[row &* pitch &+ lane] = 0 }
    }
  }

  func element(_ rows: UnsafeMutableRawPointer, _ index: Int, _ type: DType) -> Double {
    type == .f32
      ? Double(rows.assumingMemoryBound(to: Float.self)[index]) : rows.assumingMemoryBound(to: Double.self)[index]
  }
  func setElement(_ rows: UnsafeMutableRawPointer, _ index: Int, _ value: Double, _ type: DType) {
    if type == .f32 {
      rows.assumingMemoryBound(to: Float.self)[index] = Float(value)
    } else {
      rows.assumingMemoryBound(to: Double.self)[index] = value
    }
  }
}
