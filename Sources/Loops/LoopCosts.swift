// What the loop compiler knows of operations: their rough cost, and how they pair up.
import KernelTypes

extension ElementOp {
  /// Rough time of an element in additions of floats; decides only what runs in parallel.
  func cost(_ type: DType) -> Int {
    let wide = type == .f64 || type == .i64 ? 2 : 1
    switch self {
    case .exp, .div, .reciprocal, .sqrt, .floor, .ceil, .round: return 4 * wide
    case .expm1, .log, .log1p, .tanh, .sigmoid, .softplus, .rsqrt: return 8 * wide
    case .sin, .cos, .tan, .erf, .gelu: return type == .f64 ? 100 : 25
    case .pow, .floordiv, .mod: return type == .f32 ? 40 : 150
    case .mul, .square: return type == .i64 ? 8 : wide
    default: return wide
    }
  }

  /// This operation as the first of a pair.
  var pairFirst: PairFirst? {
    switch self {
    case .add: .add
    case .sub: .sub
    case .mul, .square: .mul
    case .div: .div
    case .sqrt: .sqrt
    default: nil
    }
  }

  /// This operation as the second of a pair, the first's result on its left.
  var pairSecond: PairSecond? {
    switch self {
    case .add: .add
    case .sub: .sub
    case .mul: .mul
    case .div: .div
    default: nil
    }
  }
}

extension PairSecond {
  /// The same with the first's result on the right.
  var reversed: PairSecond {
    switch self {
    case .sub: .subtractedFrom
    case .div: .dividing
    default: self
    }
  }
}
