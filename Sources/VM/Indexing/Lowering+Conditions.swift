// Conditions and choices. A comparison of sums of indices is an inequality of the program (`Item.holds`), which ranges can
// be cut by; any other is a boolean value. What stands behind a condition counts only where it holds: the reads there
// get it as their own condition.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  // MARK: Comparisons

  func comparison(_ operands: [Expr], _ operators: [ComparisonOperator]) throws -> Item {
    var left = try item(operands[0])
    var result: Item?
    for (index, operation) in operators.enumerated() {
      let right = try item(operands[index + 1])
      let part = try compared(operation, left, right)
      result = try result.map { try both($0, part) } ?? part
      left = right
    }
    return result ?? .boolean(true)
  }

  private func compared(_ operation: ComparisonOperator, _ a: Item, _ b: Item) throws -> Item {
    if let op = Lowering.comparisons[operation] {
      if let result = inequality(op, a, b) { return result }
      if let x = known(a), let y = known(b) {
        let result = try machine.compared(op, x, y)
        return result.tag == .bool ? .boolean(result.bool) : computed(result)
      }
      guard let left = type(a), let right = type(b) else { throw noScalar(type(a) == nil ? a : b) }
      let type = left == right ? left : (left.isFloat || right.isFloat ? width : .i64)
      if type == .bool, op != .eq, op != .ne {
        throw problem(.wrongType(operation: operation.rawValue, expected: "numbers", found: "booleans"))
      }
      return .value(builder.element(op, try value(a, as: type), try value(b, as: type)))
    }
    throw notInBody("`\(operation.rawValue)`", help: "write the comparisons: `k == 1 or k == 3`")
  }

  private static let comparisons: [ComparisonOperator: ElementOp] = [
    .equal: .eq, .notEqual: .ne, .less: .lt, .lessEqual: .le, .greater: .gt, .greaterEqual: .ge,
  ]

  /// A comparison of sums of indices.
  private func inequality(_ op: ElementOp, _ a: Item, _ b: Item) -> Item? {
    switch (a, b) {
    case (.affine(let x), .affine(let y)): return inequality(op, x, y)
    case (.magnitude(let x), .affine(let y)):
      switch op {
      case .le: return holding([y - x, y + x])
      case .lt: return holding([y - x - Affine(1), y + x - Affine(1)])
      default: return nil
      }
    case (.affine, .magnitude):
      switch op {
      case .ge: return inequality(.le, b, a)
      case .gt: return inequality(.lt, b, a)
      default: return nil
      }
    default: return nil
    }
  }

  private func inequality(_ op: ElementOp, _ x: Affine, _ y: Affine) -> Item? {
    let difference = y - x
    switch op {
    case .le: return holding([difference])
    case .lt: return holding([difference - Affine(1)])
    case .ge: return holding([-difference])
    case .gt: return holding([-difference - Affine(1)])
    case .eq: return holding([difference, -difference])
    case .ne: return difference.isConstant ? .boolean(difference.constant != 0) : nil
    default: return nil
    }
  }

  private func holding(_ inequalities: [Affine]) -> Item {
    let open = inequalities.filter { !$0.isConstant || $0.constant < 0 }
    if open.contains(where: \.isConstant) { return .boolean(false) }
    return open.isEmpty ? .boolean(true) : .holds(open, -1)
  }

  // MARK: and, or, not

  func conjunction(_ a: Expr, _ b: Expr) throws -> Item {
    let left = try boolean(item(a), "and")
    if case .boolean(false) = left { return left }
    return try both(left, under(left) { try boolean(item(b), "and") })
  }

  func disjunction(_ a: Expr, _ b: Expr) throws -> Item {
    let left = try boolean(item(a), "or")
    if case .boolean(true) = left { return left }
    let right = try under(inverted(left)) { try boolean(item(b), "or") }
    if case .boolean(false) = left { return right }
    if case .boolean(let flag) = right { return flag ? right : left }
    return .value(builder.element(.or, try value(left), try value(right)))
  }

  func both(_ a: Item, _ b: Item) throws -> Item {
    switch (a, b) {
    case (.boolean(let flag), _): return flag ? b : a
    case (_, .boolean(let flag)): return flag ? a : b
    default: break
    }
    let (x, first) = try parts(a)
    let (y, second) = try parts(b)
    let rest = first < 0 ? second : second < 0 ? first : builder.element(.and, first, second)
    return x.isEmpty && y.isEmpty ? .value(rest) : .holds(x + y, rest)
  }

  /// A condition as inequalities and a value.
  func parts(_ condition: Item) throws -> ([Affine], Int32) {
    switch condition {
    case .holds(let inequalities, let rest): return (inequalities, rest)
    case .boolean(true): return ([], -1)
    case .boolean(false): return ([Affine(-1)], -1)
    default: return ([], try value(condition))
    }
  }

  func inverted(_ a: Item) throws -> Item {
    switch try boolean(a, "not") {
    case .boolean(let flag): return .boolean(!flag)
    case .holds(let inequalities, -1) where inequalities.count == 1:
      return .holds([-inequalities[0] - Affine(1)], -1)
    case let other: return .value(builder.element(.not, try value(other)))
    }
  }

  /// An item that is a condition; what is known is decided.
  func boolean(_ item: Item, _ operation: String) throws -> Item {
    if case .concrete(let value, _) = item { return .boolean(try machine.condition(value)) }
    guard type(item) == .bool else {
      throw problem(
        .wrongType(operation: operation, expected: "true or false", found: describe(item)), help: "compare it: `x != 0`"
      )
    }
    return item
  }

  // MARK: What counts under a condition

  func under<R>(_ condition: Item, _ body: () throws -> R) rethrows -> R {
    if case .boolean(true) = condition { return try body() }
    conditions.append(condition)
    defer { conditions.removeLast() }
    return try body()
  }

  /// The conditions around this place as one value, or -1.
  func currentCondition() throws -> Int32 {
    var result: Int32 = -1
    for condition in conditions {
      let holds = try value(condition)
      result = result < 0 ? holds : builder.element(.and, result, holds)
    }
    return result
  }

  // MARK: Choices

  func choice(_ condition: Expr, _ then: Block, _ otherwise: Expr?) throws -> Item {
    let holds = try at(condition.span) { try boolean(item(condition), "if") }
    let branch = Expr(.block(then), then.span)
    if case .boolean(let flag) = holds, flag || otherwise != nil {
      return flag ? try item(branch) : try otherwise.map(item) ?? .boolean(false)
    }
    guard let otherwise else {
      throw problem(
        .notInBody("`if` without `else`"),
        help: "it leaves out the term of a reduction; here there must be a value in any case")
    }
    let first = try under(holds) { try item(branch) }
    let second = try under(inverted(holds)) { try item(otherwise) }
    return try selected(holds, first, second)
  }

  func selected(_ condition: Item, _ a: Item, _ b: Item) throws -> Item {
    guard let left = type(a), let right = type(b) else { throw noScalar(type(a) == nil ? a : b) }
    guard (left == .bool) == (right == .bool) else {
      throw problem(
        .wrongType(operation: "if", expected: "one kind of value", found: "\(describe(a)) and \(describe(b))"))
    }
    let type = left == right ? left : width
    let first = try value(a, as: type)
    let second = try value(b, as: type)
    return first == second ? .value(first) : .value(builder.element(.select, try value(condition), first, second))
  }
}
