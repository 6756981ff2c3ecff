// Arithmetic of the reference: integers exactly or not at all, floats by IEEE, division rounded down, and trees leaf by
// leaf.
import Foundation
import Syntax

extension Plain {
  static func binary(_ operation: BinaryOperator, _ a: Plain, _ b: Plain) throws -> Plain {
    switch (operation, a, b) {
    case (.join, .string(let x), .string(let y)): return .string(x + y)
    case (.join, .list(let x), .list(let y)): return .list(x + y)
    case (.join, _, _), (.matmul, _, _): throw PlainFailure("kinds")
    case (_, .failure, _), (_, _, .failure): throw Unsupported(what: "a caught error as a value")
    default: break
    }
    if a.isTree || b.isTree { return try trees({ try binary(operation, $0, $1) }, operation, a, b) }
    if case .int(let x) = a, case .int(let y) = b { return try integers(operation, x, y) }
    guard let x = a.number, let y = b.number else { throw PlainFailure("kinds") }
    switch operation {
    case .add: return .float(x + y)
    case .subtract: return .float(x - y)
    case .multiply: return .float(x * y)
    case .divide: return .float(x / y)
    case .floorDivide: return .float(floorQuotient(x, y))
    case .modulo: return .float(floorRemainder(x, y))
    default: return .float(pow(x, y))
    }
  }

  private static func integers(_ operation: BinaryOperator, _ x: Int, _ y: Int) throws -> Plain {
    let (result, overflow): (Int, Bool)
    switch operation {
    case .add: (result, overflow) = x.addingReportingOverflow(y)
    case .subtract: (result, overflow) = x.subtractingReportingOverflow(y)
    case .multiply: (result, overflow) = x.multipliedReportingOverflow(by: y)
    case .divide: return .float(Double(x) / Double(y))
    case .floorDivide, .modulo:
      if y == 0 { throw PlainFailure("zero") }
      if y == -1 { return operation == .modulo ? .int(0) : try integers(.subtract, 0, x) }
      let (quotient, rest) = x.quotientAndRemainder(dividingBy: y)
      let isBetween = rest != 0 && (rest < 0) != (y < 0)
      return .int(operation == .modulo ? (isBetween ? rest + y : rest) : (isBetween ? quotient - 1 : quotient))
    default:
      if y < 0 { throw PlainFailure("negative power") }
      // Factor by factor; beyond 64 of them only -1, 0 and 1 stay small.
      var power = 1
      for _ in 0..<(y > 64 ? 64 + y % 2 : y) {
        let (next, isTooLarge) = power.multipliedReportingOverflow(by: x)
        if isTooLarge { throw PlainFailure("overflow") }
        power = next
      }
      return .int(power)
    }
    if overflow { throw PlainFailure("overflow") }
    return .int(result)
  }

  /// As NumPy has them: x = quotient * y + remainder, the remainder with the sign of y.
  private static func floorRemainder(_ x: Double, _ y: Double) -> Double {
    let rest = x.truncatingRemainder(dividingBy: y)
    if rest == 0 { return y < 0 ? -0.0 : 0.0 }
    return (rest < 0) == (y < 0) ? rest : rest + y
  }
  private static func floorQuotient(_ x: Double, _ y: Double) -> Double {
    if y == 0 { return x / y }
    let rest = x.truncatingRemainder(dividingBy: y)
    let whole = ((x - rest) / y).rounded()
    return rest != 0 && (rest < 0) != (y < 0) ? whole - 1 : whole
  }

  static func negated(_ x: Plain) throws -> Plain {
    try mapped(x) { leaf in
      if case .float(let x) = leaf { return .float(-x) }
      return try binary(.subtract, .int(0), leaf)
    }
  }
  static func absolute(_ x: Plain) throws -> Plain {
    try mapped(x) { leaf in
      if case .float(let x) = leaf { return .float(Swift.abs(x)) }
      return try leaf.order(.int(0)) < 0 ? negated(leaf) : leaf
    }
  }

  /// `function` of a number, or of every number in a tree.
  private static func mapped(_ x: Plain, inside: Bool = false, _ function: (Plain) throws -> Plain) throws -> Plain {
    switch x {
    case .list(let items): return .list(try items.map { try mapped($0, inside: true, function) })
    case .record(let fields):
      return .record(try fields.map { PlainField(key: $0.key, value: try mapped($0.value, inside: true, function)) })
    case .int, .float: return try function(x)
    case .failure: throw Unsupported(what: "a caught error as a value")
    default:
      if inside { return x }
      throw PlainFailure("kinds")
    }
  }

  /// The larger or smaller; the first of equal ones, NaN before all others.
  static func extreme(_ a: Plain, _ b: Plain, largest: Bool) throws -> Plain {
    if a.isTree || b.isTree { return try trees({ try extreme($0, $1, largest: largest) }, nil, a, b) }
    guard a.isNumber, b.isNumber else { throw PlainFailure("kinds") }
    if a.isNaN || b.isNaN { return a.isNaN ? a : b }
    let order = try a.order(b)
    return (largest ? order >= 0 : order <= 0) ? a : b
  }

  // MARK: Trees

  private static func trees(
    _ leaf: (Plain, Plain) throws -> Plain, _ operation: BinaryOperator?, _ a: Plain, _ b: Plain
  ) throws -> Plain {
    for other in [a, b] where !other.isTree {
      switch other {
      case .int, .float, .none: break
      default: throw PlainFailure("trees")
      }
    }
    return try walk(leaf, operation, a, b, whole: a.isTree && b.isTree)
  }

  /// `whole`: both sides are trees.
  private static func walk(
    _ leaf: (Plain, Plain) throws -> Plain, _ operation: BinaryOperator?, _ a: Plain, _ b: Plain, whole: Bool
  ) throws -> Plain {
    let additive = operation == .add || operation == .subtract
    // What takes no part has the gradient none.
    if case .none = b, whole || !a.isTree { return additive ? a : .none }
    if case .none = a, whole || !b.isTree {
      if operation == .subtract, b.isNumber || b.isTree { return try negated(b) }
      return additive ? b : .none
    }
    switch (a, b) {
    case (.list(let x), .list(let y)):
      if x.count != y.count { throw PlainFailure("trees") }
      return .list(try zip(x, y).map { try walk(leaf, operation, $0, $1, whole: whole) })
    case (.record(let x), .record(let y)):
      if x.count != y.count { throw PlainFailure("trees") }
      return .record(
        try x.map { field in
          guard let other = try y.first(where: { try $0.key.equals(field.key) }) else { throw PlainFailure("trees") }
          return PlainField(key: field.key, value: try walk(leaf, operation, field.value, other.value, whole: whole))
        })
    case (.list(let x), _) where !whole: return .list(try x.map { try walk(leaf, operation, $0, b, whole: false) })
    case (_, .list(let y)) where !whole: return .list(try y.map { try walk(leaf, operation, a, $0, whole: false) })
    case (.record(let x), _) where !whole:
      return .record(
        try x.map { PlainField(key: $0.key, value: try walk(leaf, operation, $0.value, b, whole: false)) })
    case (_, .record(let y)) where !whole:
      return .record(
        try y.map { PlainField(key: $0.key, value: try walk(leaf, operation, a, $0.value, whole: false)) })
    default: break
    }
    if a.isNumber && b.isNumber { return try leaf(a, b) }
    if a.isTree || b.isTree { throw PlainFailure("trees") }
    if !whole { return a.isNumber ? b : a }
    if try a.equals(b, whole: true) { return a }
    throw PlainFailure("trees")
  }
}
