// The derivatives of elementwise operations, one table for both directions: `share` of an operation is its partial
// derivative in one operand times a given number. Propagating back that number is the derivative of the result; going
// forward it is the tangent of the operand.
//
// Notation in comments: y = op(a, b), g the given number. nil: nothing flows.
import KernelTypes

extension StepWriter {
  mutating func share(
    _ op: ElementOp, operand: Int, _ a: Int32, _ b: Int32, _ c: Int32, _ y: Int32, _ g: Int32
  ) -> Int32? {
    let type = types[Int(g)]
    switch op {
    case .copy: return g
    case .castF32: return type == .f32 ? g : unary(.castF32, g)
    case .castF64: return type == .f64 ? g : unary(.castF64, g)
    case .add: return g
    case .sub: return operand == 0 ? g : unary(.neg, g)
    case .mul: return binary(.mul, g, operand == 0 ? b : a)
    case .div:
      // a: g / b; b: -g y / b
      let quotient = binary(.div, g, b)
      return operand == 0 ? quotient : unary(.neg, binary(.mul, quotient, y))
    case .pow: return powerShare(operand, a, b, y, g, type)
    case .mod:
      // a: g; b: -g floor(a / b)
      if operand == 0 { return g }
      return unary(.neg, binary(.mul, g, unary(.floor, binary(.div, a, b))))
    case .max, .min:
      // The first of equal operands takes all.
      let first = binary(op == .max ? .ge : .le, a, b)
      let zero = number(0, type)
      return operand == 0 ? select(first, g, zero) : select(first, zero, g)
    case .square: return binary(.mul, binary(.mul, number(2, type), g), a)
    case .select:
      if operand == 0 { return nil }
      let zero = number(0, type)
      return operand == 1 ? select(a, g, zero) : select(a, zero, g)
    default: return unaryFactor(op, a, y, type).map { binary(.mul, g, $0) }
    }
  }

  private mutating func powerShare(
    _ operand: Int, _ a: Int32, _ b: Int32, _ y: Int32, _ g: Int32, _ type: DType
  ) -> Int32 {
    // a: g b a^(b - 1); b: g y log a, and 0 where a is 0
    if operand == 0 {
      let lower = binary(.pow, a, binary(.sub, b, number(1, type)))
      return binary(.mul, g, binary(.mul, b, lower))
    }
    let zero = number(0, type)
    let isZero = binary(.eq, a, zero)
    let logarithm = unary(.log, select(isZero, number(1, type), a))
    return binary(.mul, g, binary(.mul, y, logarithm))
  }

  /// dy/da; nil where it is zero.
  private mutating func unaryFactor(_ op: ElementOp, _ a: Int32, _ y: Int32, _ type: DType) -> Int32? {
    let one = number(1, type)
    switch op {
    case .neg: return number(-1, type)
    case .abs: return unary(.sign, a)
    case .exp: return y
    case .expm1: return binary(.add, y, one)
    case .log: return unary(.reciprocal, a)
    case .log1p: return unary(.reciprocal, binary(.add, a, one))
    case .sqrt: return binary(.div, number(0.5, type), y)
    case .rsqrt: return binary(.mul, number(-0.5, type), binary(.mul, y, unary(.square, y)))
    case .reciprocal: return unary(.neg, unary(.square, y))
    case .sin: return unary(.cos, a)
    case .cos: return unary(.neg, unary(.sin, a))
    case .tan: return binary(.add, unary(.square, y), one)
    case .tanh: return binary(.sub, one, unary(.square, y))
    case .sigmoid: return binary(.mul, y, binary(.sub, one, y))
    case .relu: return select(binary(.gt, a, number(0, type)), one, number(0, type))
    case .softplus: return unary(.sigmoid, a)
    case .gelu:
      // Phi(a) + a phi(a)
      let half = number(0.5, type)
      let scaled = binary(.mul, a, number(0.7071067811865476, type))
      let cumulative = binary(.mul, half, binary(.add, unary(.erf, scaled), one))
      let density = binary(
        .mul, number(0.3989422804014327, type), unary(.exp, binary(.mul, number(-0.5, type), unary(.square, a))))
      return binary(.add, cumulative, binary(.mul, a, density))
    case .erf:
      return binary(.mul, number(1.1283791670955126, type), unary(.exp, unary(.neg, unary(.square, a))))
    default: return nil  // sign, floor, ceil, round, comparisons
    }
  }
}
