// Reductions of the columns of a matrix of terms, for dynamic programs: a column is a lane of cells that are computed side by
// side, and its rows are the terms that one cell reduces. Value, weights (the derivative in the terms) and the second-order
// product, for the hard maximum and its smoothed relatives.
//
// Smoothing: value = max over q of <q, x> - gamma * omega(q), q in the simplex; weights = the q that attains it.
// (Mensch and Blondel, Differentiable Dynamic Programming for Structured Prediction and Attention, ICML 2018.)
// A negative gamma gives the minimum: with m the maximum, -m(-x; gamma) is m(x; -gamma) in all formulas.
//
// Absent terms are -inf (+inf for a minimum) and weigh exactly 0; a column of absent terms alone has that value and no
// weights. Terms that are +inf (-inf for a minimum) share the weight; a NaN makes the value NaN.

/// The regulariser omega.
package enum ColumnsOp: UInt8, CaseIterable, Sendable {
  /// None: the maximum; the first of tied terms has the weight 1.
  case max
  /// sum(q log q): value gamma * log(sum(exp(x / gamma))), weights softmax.
  case entropy
  /// sum(q^2) / 2: weights are the projection on the simplex (sparsemax).
  case l2
  /// sum(q^alpha - q) / (alpha (alpha - 1)), alpha > 1: weights are the alpha-entmax. For alpha = 2 it is `l2` centred.
  case tsallis
}

/// value[column] and weights[row, column] from terms[row, column]; rows are `pitch` elements apart, a multiple of 16
/// that is at least `columns`. Columns are processed in whole vectors, so lanes up to the next multiple of 16 are read
/// and written. Either output may be absent; weights may be the memory of the terms. A column's bits depend on its
/// terms alone.
package typealias ColumnsKernel =
  @convention(c) (
    _ value: UnsafeMutableRawPointer?, _ weights: UnsafeMutableRawPointer?, _ terms: UnsafeRawPointer, _ rows: Int,
    _ pitch: Int, _ columns: Int, _ gamma: Double, _ alpha: Double
  ) -> Void

/// From weights q and a direction z of the terms: valueDot[column] = <q, z>, weightsDot[row, column] = the derivative of
/// the weights along z. Terms of weight 0 take no part, whatever their direction. Either output may be absent;
/// weightsDot may be the memory of the direction.
package typealias ColumnsProductKernel =
  @convention(c) (
    _ valueDot: UnsafeMutableRawPointer?, _ weightsDot: UnsafeMutableRawPointer?, _ weights: UnsafeRawPointer,
    _ direction: UnsafeRawPointer, _ rows: Int, _ pitch: Int, _ columns: Int, _ gamma: Double, _ alpha: Double
  ) -> Void

extension KernelTable {
  @_transparent package static func index(_ op: ColumnsOp, _ type: DType) -> Int {
    Int(op.rawValue) &* 4 &+ Int(type.rawValue)
  }
}
