// The alternatives of a value, from those of its operands.
import KernelTypes

extension CellEvaluator {
  /// Of `value` at the cell or term at hand; `up`: the largest is best.
  func list<A: PathAlgebra>(_ value: Int32, up: Bool, _ algebra: inout A) throws(PathFailure) -> A.List {
    let type = clause.types[Int(value)]
    guard derived[Int(value)] else {
      let score = number(value, type)
      if score.isNaN { throw .notANumber(place: clause.place) }
      return try algebra.plain(score, up: up)
    }
    let isNarrow = type == .f32
    switch definitions[Int(value)] {
    case .read(let read)?:
      guard let number = listNumber(clause.reads[read]) else { return algebra.none }
      return algebra.kept(number)
    case .reduce(let reduction)?: return try list(reduction: reduction, up: up, isNarrow: isNarrow, &algebra)
    case .element(let op, let a, let b, let c)?:
      switch op {
      case .add:
        let left = try list(a, up: up, &algebra)
        let right = try list(b, up: up, &algebra)
        return try algebra.sum(left, right, up: up, isNarrow: isNarrow)
      case .sub:
        let left = try list(a, up: up, &algebra)
        let right = try list(b, up: !up, &algebra)
        let turned = try algebra.mapped(right, up: up, isNarrow: isNarrow) { -$0 }
        return try algebra.sum(left, turned, up: up, isNarrow: isNarrow)
      case .neg:
        let inner = try list(a, up: !up, &algebra)
        return try algebra.mapped(inner, up: up, isNarrow: isNarrow) { -$0 }
      case .mul, .div:
        let (inner, factor, isTurned) = try scaling(op, a, b)
        let alternatives = try list(inner, up: isTurned ? !up : up, &algebra)
        if op == .div { return try algebra.mapped(alternatives, up: up, isNarrow: isNarrow) { $0 / factor } }
        return try algebra.mapped(alternatives, up: up, isNarrow: isNarrow) { $0 * factor }
      case .select: return try list(holds(a) ? b : c, up: up, &algebra)
      default:
        // Casts and copies: rounded to the type of the result.
        let inner = try list(a, up: up, &algebra)
        return try algebra.mapped(inner, up: up, isNarrow: isNarrow) { $0 }
      }
    default: throw .broken
    }
  }

  /// The kept list that a read reads; nil where its condition does not hold.
  func listNumber(_ read: Read) -> Int? {
    if read.condition >= 0 && !holds(read.condition) { return nil }
    guard let address = address(read) else { return nil }
    switch read.source {
    case .table(let table): return lists.tables[table] + address
    case .input(let input): return lists.inputs[input]?[address]
    }
  }

  /// Of a product with a plain factor, or a quotient by one: the other operand, the factor, and whether it turns the
  /// order of alternatives round, as only a number in the script may.
  func scaling(_ op: ElementOp, _ a: Int32, _ b: Int32) throws(PathFailure) -> (Int32, Double, Bool) {
    let (inner, other) = derived[Int(a)] ? (a, b) : (b, a)
    let factor = number(other)
    if case .number(let written)? = definitions[Int(other)] { return (inner, factor, written < 0) }
    if factor.isNaN { throw .notANumber(place: clause.place) }
    if factor < 0 { throw .negativeFactor(place: clause.place) }
    return (inner, factor, false)
  }

  private func list<A: PathAlgebra>(
    reduction: Int, up: Bool, isNarrow: Bool, _ algebra: inout A
  ) throws(PathFailure) -> A.List {
    let operation = program.operators[clause.reductions[reduction].operation]
    if operation.isChoice {
      var result = algebra.none
      try forEachTerm(reduction) { (index, plan) throws(PathFailure) in
        let term = try list(plan.term.result, up: up, &algebra)
        algebra.merge(algebra.term(term, name(index, plan)), into: &result, up: up)
      }
      return result
    }
    var result = try algebra.plain(0, up: up)
    var count = 0
    try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
      let term = try list(plan.term.result, up: up, &algebra)
      result = count == 0 ? term : try algebra.sum(result, term, up: up, isNarrow: isNarrow)
      count += 1
    }
    if operation.kind != .mean { return result }
    return try algebra.mapped(result, up: up, isNarrow: isNarrow) { $0 / Double(count) }
  }
}
