// The rows of the derivative table for elementwise operations. y is the node, g what arrived, a and b the operands.
import KernelTypes

extension Graph {
  func propagateElement(_ node: Node, _ g: Node, _ level: UInt8) throws {
    guard let a = node.pointee.in0 else { return }
    let op = node.elementOp
    if op.arity == 1 {
      if a.pointee.level < level || !a.dtype.isFloat { return }
      guard let part = try unaryRule(op, node, a, g) else { return }
      defer { release(part) }
      try contribute(try unbroadcast(part, a.pointee.shape), to: a)
      return
    }
    guard let b = node.pointee.in1 else { return }
    if op == .select {
      try sendSelect(node, a, b, node.pointee.in2, g, level)
      return
    }
    if op == .add {
      // The commonest row: no new node but the sum.
      try sendBack(a, g, level)
      try sendBack(b, g, level)
      return
    }
    if a.pointee.level >= level, a.dtype.isFloat, let part = try leftRule(op, node, a, b, g) {
      defer { release(part) }
      try sendBack(a, part, level)
    }
    if b.pointee.level >= level, b.dtype.isFloat, let part = try rightRule(op, node, a, b, g) {
      defer { release(part) }
      try sendBack(b, part, level)
    }
  }

  @inline(__always)
  private func sendBack(_ input: Node, _ part: Node, _ level: UInt8) throws {
    if input.pointee.level < level || !input.dtype.isFloat { return }
    try contribute(try unbroadcast(part, input.pointee.shape), to: input)
  }

  private func sendSelect(_ node: Node, _ condition: Node, _ a: Node, _ b: Node?, _ g: Node, _ level: UInt8) throws {
    if a.pointee.level >= level, a.dtype.isFloat {
      let part = try select(condition, .node(g), .float(0))
      defer { release(part) }
      try sendBack(a, part, level)
    }
    if let b, b.pointee.level >= level, b.dtype.isFloat {
      let part = try select(condition, .float(0), .node(g))
      defer { release(part) }
      try sendBack(b, part, level)
    }
  }

  /// What a unary operation sends back; nil for no derivative.
  private func unaryRule(_ op: ElementOp, _ y: Node, _ x: Node, _ g: Node) throws -> Node? {
    func times(_ factor: Node) throws -> Node { try binary(.mul, .node(g), .node(factor)) }
    func apply(_ op: ElementOp, _ a: Node, _ b: Node) throws -> Node { try binary(op, .node(a), .node(b)) }
    switch op {
    case .copy: return retain(g)
    case .castF32, .castF64: return try cast(g, x.dtype)
    case .castI64, .castBool, .not, .isnan, .isfinite, .floor, .ceil, .round, .sign: return nil
    case .neg: return try unary(.neg, g)
    case .exp: return try times(y)
    case .log: return try apply(.div, g, x)
    default: break
    }
    return try compose { c in
      switch op {
      case .abs: return try times(c(unary(.sign, x)))
      case .square: return try times(c(binary(.mul, .node(x), .float(2))))
      case .expm1: return try times(c(binary(.add, .node(y), .float(1))))
      case .log1p: return try apply(.div, g, c(binary(.add, .node(x), .float(1))))
      case .sqrt: return try binary(.mul, .float(0.5), .node(c(apply(.div, g, y))))
      case .rsqrt: return try binary(.mul, .float(-0.5), .node(c(apply(.mul, g, c(apply(.div, y, x))))))
      case .reciprocal: return try unary(.neg, c(times(c(unary(.square, y)))))
      case .sin: return try times(c(unary(.cos, x)))
      case .cos: return try unary(.neg, c(times(c(unary(.sin, x)))))
      case .tan: return try times(c(binary(.add, .node(c(unary(.square, y))), .float(1))))
      case .tanh: return try times(c(binary(.sub, .float(1), .node(c(unary(.square, y))))))
      case .sigmoid: return try times(c(apply(.mul, y, c(binary(.sub, .float(1), .node(y))))))
      case .relu: return try select(c(binary(.gt, .node(x), .float(0))), .node(g), .float(0))
      case .softplus: return try times(c(unary(.sigmoid, x)))
      case .gelu: return try times(geluSlope(x, c))
      case .erf:
        let bell = try c(unary(.exp, c(unary(.neg, c(unary(.square, x))))))
        return try times(c(binary(.mul, .float(1.1283791670955126), .node(bell))))  // 2 / sqrt(pi)
      default: throw TensorError(.notDifferentiable(operation: "\(op)", why: "its derivative is not in the table"))
      }
    }
  }

  /// Slope of `gelu(x) = x P(x)`, P the normal distribution function: `P(x) + x exp(-x^2/2) / sqrt(2 pi)`.
  private func geluSlope(_ x: Node, _ c: (Node) -> Node) throws -> Node {
    let scaled = try c(binary(.mul, .node(x), .float(0.7071067811865476)))
    let error = try c(unary(.erf, scaled))
    let share = try c(binary(.mul, .float(0.5), .node(c(binary(.add, .float(1), .node(error))))))
    let exponent = try c(binary(.mul, .float(-0.5), .node(c(unary(.square, x)))))
    let density = try c(binary(.mul, .float(0.3989422804014327), .node(c(unary(.exp, exponent)))))
    let tilt = try c(binary(.mul, .node(x), .node(density)))
    return try c(binary(.add, .node(share), .node(tilt)))
  }

  /// What a binary operation sends to its left operand.
  private func leftRule(_ op: ElementOp, _ y: Node, _ a: Node, _ b: Node, _ g: Node) throws -> Node? {
    switch op {
    case .sub, .mod: return retain(g)
    case .mul: return try binary(.mul, .node(g), .node(b))
    case .div: return try binary(.div, .node(g), .node(b))
    case .pow:
      // b a^(b-1)
      return try compose { c in
        let less = try c(binary(.sub, .node(b), .float(1)))
        let power = try c(binary(.pow, .node(a), .node(less)))
        let slope = try c(binary(.mul, .node(b), .node(power)))
        return try binary(.mul, .node(g), .node(slope))
      }
    case .max, .min:
      // The first of tied terms takes the whole derivative.
      return try compose { c in
        let wins = try c(binary(op == .max ? .ge : .le, .node(a), .node(b)))
        return try select(wins, .node(g), .float(0))
      }
    default: return nil
    }
  }

  /// What a binary operation sends to its right operand.
  private func rightRule(_ op: ElementOp, _ y: Node, _ a: Node, _ b: Node, _ g: Node) throws -> Node? {
    switch op {
    case .sub: return try unary(.neg, g)
    case .mul: return try binary(.mul, .node(g), .node(a))
    case .div:
      // -y / b
      return try compose { c in
        let ratio = try c(binary(.div, .node(y), .node(b)))
        return try unary(.neg, c(binary(.mul, .node(g), .node(ratio))))
      }
    case .mod:
      // a - b floor(a/b)
      return try compose { c in
        let quotient = try c(binary(.floordiv, .node(a), .node(b)))
        return try unary(.neg, c(binary(.mul, .node(g), .node(quotient))))
      }
    case .pow:
      // y log a, and 0 where a is 0
      return try compose { c in
        let isZero = try c(binary(.eq, .node(a), .float(0)))
        let safe = try c(select(isZero, .float(1), .node(a)))
        let slope = try c(binary(.mul, .node(y), .node(c(unary(.log, safe)))))
        return try binary(.mul, .node(g), .node(slope))
      }
    case .max, .min:
      return try compose { c in
        let wins = try c(binary(op == .max ? .ge : .le, .node(a), .node(b)))
        return try select(wins, .float(0), .node(g))
      }
    default: return nil
    }
  }
}
