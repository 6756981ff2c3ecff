// The element types of tensors and the operations that work element by element, shared by every kernel level and by
// the loop language. One table per fact: an operation's name, arity and result type are read from here by the loop
// compiler, the tensor layer, the derivative tests and the documentation.

/// The element type of a tensor.
package enum DType: UInt8, CaseIterable, Sendable {
  case f32, f64, i64, bool

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .f32: 4
    case .f64, .i64: 8
    case .bool: 1
    }
  }
  package var isFloat: Bool { self == .f32 || self == .f64 }
  package var name: String { "\(self)" }
}

/// An operation on elements. Operands of one instruction share one type; `select` has a bool first operand.
package enum ElementOp: UInt8, CaseIterable, Sendable {
  // Unary, float -> float unless noted.
  case copy  // any type
  case neg, abs, sign, square  // float and i64
  case exp, expm1, log, log1p, sqrt, rsqrt, reciprocal
  case sin, cos, tan, tanh, sigmoid, relu, softplus, gelu
  case floor, ceil, round  // round: halves to even
  case erf
  case not  // bool
  case isnan, isfinite  // float -> bool
  case castF32, castF64, castI64, castBool  // any -> named type; float to i64 truncates and fails outside the range

  // Binary, same type in and out.
  case add, sub, mul  // float and i64 (i64 overflow fails)
  case div  // float
  case floordiv, mod  // float and i64: floor division and its remainder (i64: zero divisor fails)
  case pow  // float and i64 (i64: negative exponent or overflow fails)
  case max, min  // float and i64; NaN wins
  case and, or  // bool
  // Comparisons: float, i64, bool -> bool
  case eq, ne, lt, le, gt, ge
  // Ternary: bool, x, x -> x
  case select

  package var arity: Int {
    switch self {
    case .select: 3
    case .add, .sub, .mul, .div, .floordiv, .mod, .pow, .max, .min, .and, .or, .eq, .ne, .lt, .le, .gt, .ge: 2
    default: 1
    }
  }
  package var isComparison: Bool { rawValue >= ElementOp.eq.rawValue && rawValue <= ElementOp.ge.rawValue }
  /// Result type for operands of `type` (for `select`, the type of the second operand).
  package func result(_ type: DType) -> DType {
    switch self {
    case .isnan, .isfinite, .castBool: .bool
    case .castF32: .f32
    case .castF64: .f64
    case .castI64: .i64
    default: isComparison ? .bool : type
    }
  }
  /// Whether the operation is defined on `type`.
  package func accepts(_ type: DType) -> Bool {
    switch self {
    case .copy, .castF32, .castF64, .castI64, .castBool, .eq, .ne, .select: true
    case .lt, .le, .gt, .ge: true
    case .neg, .abs, .sign, .square, .add, .sub, .mul, .floordiv, .mod, .pow, .max, .min: type != .bool
    case .not, .and, .or: type == .bool
    default: type.isFloat
    }
  }
  /// Whether it can fail on its values for `type` (integer overflow, zero divisor, float that no integer holds).
  package func canFail(_ type: DType) -> Bool {
    switch self {
    case .neg, .abs, .square, .add, .sub, .mul, .floordiv, .mod, .pow: type == .i64
    case .castI64: type.isFloat
    default: false
    }
  }
}

/// A reduction over elements. Each has one fixed order of combination that depends on sizes alone.
package enum ReduceOp: UInt8, CaseIterable, Sendable {
  case sum, prod, max, min  // float, i64
  case any, all  // bool
}
