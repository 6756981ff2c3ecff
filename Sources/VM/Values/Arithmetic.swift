// Arithmetic on any operands: the slow path behind the machine's number instructions, and what the elementwise builtins
// do. Numbers are computed here, tensors by the graph, records and lists in TreeArithmetic.swift.
//
// Integers stay integers under `+ - * // % ^` and fail on overflow; `/` and the transcendental functions give floats.
// Integers and floats together compute in floats.
import Diagnostics
import KernelTypes
import Tensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ElementOp {
  /// As a script writes it: `+`, `sqrt`.
  package var symbol: String {
    switch self {
    case .neg: "-"
    case .add: "+"
    case .sub: "-"
    case .mul: "*"
    case .div: "/"
    case .floordiv: "//"
    case .mod: "%"
    case .pow: "^"
    case .eq: "=="
    case .ne: "!="
    case .lt: "<"
    case .le: "<="
    case .gt: ">"
    case .ge: ">="
    case .select: "where"
    default: "\(self)"
    }
  }
}

extension Value {
  /// A plain number or boolean.
  @inline(__always) package var isPlain: Bool { tag == .int || tag == .float || tag == .bool }
  @inline(__always) package var isNumber: Bool { tag == .int || tag == .float }
  @inline(__always) package var isTree: Bool { tag == .list || tag == .record }
  /// Of a number: its value as a float.
  @inline(__always) package var asDouble: Double { tag == .int ? Double(int) : float }
}

extension Heap {
  /// `a op b` for numbers, tensors and trees. Borrows both, gives an owned value.
  package func binary(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value {
    if a.isNumber && b.isNumber { return try Heap.numbers(op, a, b) }
    if a.isTree || b.isTree { return try binaryTree(op, a, b) }
    if let result = try binaryTensor(op, a, b) { return result }
    if a.tag == .bool && b.tag == .bool {
      switch op {
      case .eq: return Value(a.bits == b.bits)
      case .ne: return Value(a.bits != b.bits)
      case .and: return Value(a.bool && b.bool)
      case .or: return Value(a.bool || b.bool)
      default: break
      }
    }
    throw badOperands(op, a, b)
  }

  /// Tensor arithmetic; nil when neither is a tensor, or the other is nothing that a tensor combines with.
  func binaryTensor(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value? {
    guard a.tag == .tensor || b.tag == .tensor, let x = Heap.operand(a), let y = Heap.operand(b) else { return nil }
    return Value(try graph.binary(op, x, y))
  }

  package static func operand(_ value: Value) -> Operand? {
    switch value.tag {
    case .tensor: .node(tensorNode(value))
    case .int: .int(value.int)
    case .float: .float(value.float)
    case .bool: .bool(value.bool)
    default: nil
    }
  }

  private func badOperands(_ op: ElementOp, _ a: Value, _ b: Value) -> Diagnostic {
    let help: String? =
      switch (a.tag, b.tag) {
      case (.string, _) where op == .add, (_, .string) where op == .add: "`++` joins strings, `\"{x}\"` makes one"
      case (.bool, _), (_, .bool): "booleans are no numbers: `if b { 1 } else { 0 }`"
      case (.none, _), (_, .none): "a function without a last expression gives none"
      default: nil
      }
    return Diagnostic(
      .wrongType(
        operation: op.symbol, expected: "numbers, tensors or trees of these", found: "\(typeName(a)) and \(typeName(b))"
      ),
      at: nil, help: help)
  }

  /// Two plain numbers.
  package static func numbers(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value {
    if a.tag == .int && b.tag == .int { return try integers(op, a.int, b.int) }
    let (x, y) = (a.asDouble, b.asDouble)
    switch op {
    case .add: return Value(x + y)
    case .sub: return Value(x - y)
    case .mul: return Value(x * y)
    case .div: return Value(x / y)
    case .floordiv: return Value(floatQuotient(x, y))
    case .mod: return Value(floatRemainder(x, y))
    case .pow: return Value(pow(x, y))
    default: return try comparison(op, a, b)
    }
  }

  /// What orders two numbers, not both integers. As a float a large integer would be rounded, so that it equals floats
  /// that it does not equal as an item or a key: an integer against a float is decided exactly.
  private static func comparison(_ op: ElementOp, _ a: Value, _ b: Value) throws -> Value {
    var (x, y) = (a.asDouble, b.asDouble)
    if a.tag != b.tag, x == y { (x, y) = (0, Double(-order(a, b))) }
    switch op {
    // One of the two as it is: `min(2.5, 1)` is the integer 1; the first of equal ones.
    case .max: return x.isNaN || x >= y ? a : b
    case .min: return x.isNaN || x <= y ? a : b
    case .eq: return Value(x == y)
    case .ne: return Value(x != y)
    case .lt: return Value(x < y)
    case .le: return Value(x <= y)
    case .gt: return Value(x > y)
    case .ge: return Value(x >= y)
    default: throw Diagnostic(.internalError("no binary operation \(op)"), at: nil)
    }
  }

  /// The remainder with the divisor's sign, also where it is zero; as for tensors.
  private static func floatRemainder(_ x: Double, _ y: Double) -> Double {
    let rest = fmod(x, y)
    if rest == 0 { return y < 0 ? -0.0 : 0.0 }
    return (rest < 0) != (y < 0) ? rest + y : rest
  }

  /// The quotient that belongs to the remainder, `x == (x // y) * y + x % y`: the rounded `x / y` may be the next whole
  /// number (`1.0 // 0.1` is 9).
  private static func floatQuotient(_ x: Double, _ y: Double) -> Double {
    if y == 0 { return x / y }
    let rest = fmod(x, y)
    let whole = (x - rest) / y
    return (rest != 0 && (rest < 0) != (y < 0) ? whole - 1 : whole).rounded(.toNearestOrEven)
  }

  private static func integers(_ op: ElementOp, _ a: Int, _ b: Int) throws -> Value {
    let (result, overflow): (Int, Bool)
    switch op {
    case .add: (result, overflow) = a.addingReportingOverflow(b)
    case .sub: (result, overflow) = a.subtractingReportingOverflow(b)
    case .mul: (result, overflow) = a.multipliedReportingOverflow(by: b)
    case .div: return Value(Double(a) / Double(b))
    case .floordiv:
      if b == 0 { throw Diagnostic(.divisionByZero(operation: op.symbol), at: nil) }
      let quotient = a.dividedReportingOverflow(by: b)
      let exact = quotient.overflow || a % b == 0 || (a < 0) == (b < 0)
      (result, overflow) = (exact ? quotient.partialValue : quotient.partialValue - 1, quotient.overflow)
    case .mod:
      if b == 0 { throw Diagnostic(.divisionByZero(operation: op.symbol), at: nil) }
      let rest = b == -1 ? 0 : a % b
      return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
    case .pow: (result, overflow) = try integerPower(a, b)
    case .max: return Value(Swift.max(a, b))
    case .min: return Value(Swift.min(a, b))
    case .eq: return Value(a == b)
    case .ne: return Value(a != b)
    case .lt: return Value(a < b)
    case .le: return Value(a <= b)
    case .gt: return Value(a > b)
    case .ge: return Value(a >= b)
    default: throw Diagnostic(.internalError("no binary operation \(op)"), at: nil)
    }
    if overflow { throw Diagnostic(.integerOverflow(operation: op.symbol), at: nil) }
    return Value(result)
  }

  /// By squaring. Overflow is decided on the factors used, not on a square that nobody needs.
  private static func integerPower(_ base: Int, _ exponent: Int) throws -> (Int, Bool) {
    if exponent < 0 {
      throw Diagnostic(
        .badValue(operation: "^", detail: "the integer \(base) to the negative power \(exponent) is no integer"),
        at: nil, help: "write \(base).0 ^ \(exponent)")
    }
    var (result, square, rest) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 {
        let (product, overflow) = result.multipliedReportingOverflow(by: square)
        if overflow { return (0, true) }
        result = product
      }
      rest >>= 1
      if rest > 0 {
        let (product, overflow) = square.multipliedReportingOverflow(by: square)
        if overflow { return (0, true) }
        square = product
      }
    }
    return (result, false)
  }

  /// `op x` for numbers, tensors and trees. Borrows, gives an owned value.
  package func unary(_ op: ElementOp, _ x: Value) throws -> Value {
    switch x.tag {
    case .int, .float: return try Heap.number(op, x)
    case .tensor: return Value(try graph.unary(op, tensorNode(x)))
    case .bool where op == .not: return Value(!x.bool)
    case .list, .record:
      return try mapTrees([x], operation: op.symbol) { leaves in
        let leaf = leaves[0]
        return leaf.isNumber || leaf.tag == .tensor ? try self.unary(op, leaf) : self.retained(leaf)
      }
    default:
      throw Diagnostic(
        .wrongType(
          operation: op.symbol, expected: op == .not ? "a boolean" : "a number, a tensor or a tree of these",
          found: typeName(x)), at: nil)
    }
  }

  private static func number(_ op: ElementOp, _ value: Value) throws -> Value {
    if value.tag == .int {
      let x = value.int
      switch op {
      case .neg:
        if x == Int.min { throw Diagnostic(.integerOverflow(operation: op.symbol), at: nil) }
        return Value(-x)
      case .abs:
        if x == Int.min { throw Diagnostic(.integerOverflow(operation: op.symbol), at: nil) }
        return Value(Swift.abs(x))
      case .square: return try integers(.mul, x, x)
      case .sign: return Value(x.signum())
      case .floor, .ceil, .round, .copy: return value
      case .isnan: return Value(false)
      case .isfinite: return Value(true)
      default: break
      }
    }
    let x = value.asDouble
    switch op {
    case .isnan: return Value(x.isNaN)
    case .isfinite: return Value(x.isFinite)
    case .not:
      throw Diagnostic(.wrongType(operation: "not", expected: "a boolean", found: "the number \(x)"), at: nil)
    default: return Value(function(op, x))
    }
  }

  /// The elementwise functions on one number.
  package static func function(_ op: ElementOp, _ x: Double) -> Double {
    switch op {
    case .neg: -x
    case .abs: Swift.abs(x)
    case .sign: x > 0 ? 1 : (x < 0 ? -1 : x)
    case .square: x * x
    case .exp: exp(x)
    case .expm1: expm1(x)
    case .log: log(x)
    case .log1p: log1p(x)
    case .sqrt: x.squareRoot()
    case .rsqrt: 1 / x.squareRoot()
    case .reciprocal: 1 / x
    case .sin: sin(x)
    case .cos: cos(x)
    case .tan: tan(x)
    case .tanh: tanh(x)
    case .sigmoid: x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
    case .relu: x < 0 ? 0 : x
    case .softplus: Swift.max(x, 0) + log1p(exp(-Swift.abs(x)))
    case .gelu: 0.5 * x * (1 + erf(x * 0.5.squareRoot()))
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .erf: erf(x)
    default: x
    }
  }
}
