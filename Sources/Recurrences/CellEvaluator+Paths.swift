// Back along one alternative of a cell: which alternatives of which cells it is made of, and how often, and what of the
// inputs its plain values add to its score (their derivatives, from the same table as those of recurrences).
import KernelTypes

/// What is still to be gone back along, and what was collected on the way.
package struct PathTrace {
  package struct Part {
    package var list: Int
    package var rank: Int
    /// How often it counts: 1, or what it is multiplied by on the way.
    package var factor: Double

    package init(list: Int, rank: Int, factor: Double) {
      self.list = list
      self.rank = rank
      self.factor = factor
    }
  }
  package var open: [Part] = []
  /// By source: derivatives of the score in its elements. Empty for sources that take no part.
  package var amounts: [[Double]]

  package init(_ sizes: [Int]) { amounts = sizes.map { Array(repeating: 0, count: $0) } }

  package mutating func add(_ amount: Double, to source: Int, at place: Int) {
    if source >= 0, place < amounts[source].count { amounts[source][place] += amount }
  }
}

extension CellEvaluator {
  /// Follows `value` at the cell or term at hand; `sources` are those of the inputs, or -1.
  func follow(
    _ value: Int32, _ factor: Double, _ decisions: inout Decisions, _ sources: [Int], _ trace: inout PathTrace,
    _ best: BestPaths
  ) throws(PathFailure) {
    guard derived[Int(value)] else { return try propagate(value, factor, sources, &trace) }
    switch definitions[Int(value)] {
    case .read(let read)?:
      guard let list = listNumber(clause.reads[read]) else { throw .broken }
      trace.open.append(PathTrace.Part(list: list, rank: decisions.take(), factor: factor))
    case .reduce(let reduction)?:
      let operation = program.operators[clause.reductions[reduction].operation]
      if operation.isChoice {
        let plan = try choose(reduction, &decisions)
        return try follow(plan.term.result, factor, &decisions, sources, &trace, best)
      }
      var share = factor
      if operation.kind == .mean {
        var count = 0.0
        try forEachTerm(reduction) { (_, _) throws(PathFailure) in count += 1 }
        share /= count
      }
      try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
        try follow(plan.term.result, share, &decisions, sources, &trace, best)
      }
    case .element(let op, let a, let b, let c)?:
      switch op {
      case .add, .sub:
        try follow(a, factor, &decisions, sources, &trace, best)
        try follow(b, op == .sub ? -factor : factor, &decisions, sources, &trace, best)
      case .neg: try follow(a, -factor, &decisions, sources, &trace, best)
      case .mul, .div:
        let (inner, number, _) = try scaling(op, a, b)
        // The factor has a share of its own: what it multiplies.
        var ahead = decisions
        let score = try score(inner, &ahead, best)
        let share = op == .mul ? score : -score / (number * number)
        try propagate(inner == a ? b : a, factor * share, sources, &trace)
        try follow(inner, op == .mul ? factor * number : factor / number, &decisions, sources, &trace, best)
      case .select: try follow(holds(a) ? b : c, factor, &decisions, sources, &trace, best)
      default: try follow(a, factor, &decisions, sources, &trace, best)
      }
    default: throw .broken
    }
  }

  /// Goes into the term of a reduction that was decided for.
  private func choose(_ reduction: Int, _ decisions: inout Decisions) throws(PathFailure) -> TermPlan {
    let number = decisions.take()
    guard reductions[reduction].indices.contains(number) else { throw .broken }
    let plan = reductions[reduction][number]
    for variable in plan.term.variables { variables[variable.number] = decisions.take() }
    guard try enter(plan) else { throw .broken }
    return plan
  }

  /// The score of a value along the decisions.
  private func score(_ value: Int32, _ decisions: inout Decisions, _ best: BestPaths) throws(PathFailure) -> Double {
    guard derived[Int(value)] else { return number(value) }
    switch definitions[Int(value)] {
    case .read(let read)?:
      guard let list = listNumber(clause.reads[read]) else { throw .broken }
      return best.score(list, decisions.take())
    case .reduce(let reduction)?:
      let operation = program.operators[clause.reductions[reduction].operation]
      if operation.isChoice {
        let plan = try choose(reduction, &decisions)
        return try score(plan.term.result, &decisions, best)
      }
      var (sum, count) = (0.0, 0.0)
      try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
        sum += try score(plan.term.result, &decisions, best)
        count += 1
      }
      return operation.kind == .mean ? sum / count : sum
    case .element(let op, let a, let b, let c)?:
      switch op {
      case .add, .sub:
        let left = try score(a, &decisions, best)
        let right = try score(b, &decisions, best)
        return op == .add ? left + right : left - right
      case .neg: return -(try score(a, &decisions, best))
      case .mul, .div:
        let (inner, number, _) = try scaling(op, a, b)
        let score = try score(inner, &decisions, best)
        return op == .mul ? score * number : score / number
      case .select: return try score(holds(a) ? b : c, &decisions, best)
      default: return try score(a, &decisions, best)
      }
    default: throw .broken
    }
  }

  // MARK: Plain values

  /// Sends a derivative of a plain value back to the inputs.
  private func propagate(
    _ value: Int32, _ factor: Double, _ sources: [Int], _ trace: inout PathTrace
  ) throws(PathFailure) {
    guard value >= 0, clause.types[Int(value)].isFloat, factor != 0 else { return }
    // Operands come before what is made of them.
    var arrived = Array(repeating: 0.0, count: Int(value) + 1)
    arrived[Int(value)] = factor
    for number in stride(from: Int(value), through: 0, by: -1) where arrived[number] != 0 {
      let g = arrived[number]
      switch definitions[number] {
      case .read(let index)?:
        let read = clause.reads[index]
        guard case .input(let input) = read.source, read.condition < 0 || holds(read.condition),
          let address = address(read)
        else { break }
        trace.add(g, to: sources[input], at: address)
      case .element(let op, let a, let b, let c)?:
        for (position, operand) in [a, b, c].prefix(op.arity).enumerated()
        where clause.types[Int(operand)].isFloat && !(op == .select && position == 0) {
          arrived[Int(operand)] += try share(op, position, a, b, c, Int32(number), g)
        }
      case .reduce(let reduction)?: try propagate(reduction, Int32(number), g, sources, &trace)
      default: break
      }
    }
  }

  private func propagate(
    _ reduction: Int, _ value: Int32, _ g: Double, _ sources: [Int], _ trace: inout PathTrace
  ) throws(PathFailure) {
    let operation = program.operators[clause.reductions[reduction].operation]
    var terms: [Double] = []
    try forEachTerm(reduction) { (_, plan) throws(PathFailure) in terms.append(number(plan.term.result)) }
    var position = 0
    try forEachTerm(reduction) { (_, plan) throws(PathFailure) in
      var weight = 1.0
      if operation.kind == .mean { weight /= Double(terms.count) }
      if operation.kind == .prod {
        for (other, term) in terms.enumerated() where other != position { weight *= term }
      }
      position += 1
      try propagate(plan.term.result, g * weight, sources, &trace)
    }
  }

  /// What an operand gets of the derivative `g` of `op(a, b, c)`.
  private func share(
    _ op: ElementOp, _ operand: Int, _ a: Int32, _ b: Int32, _ c: Int32, _ y: Int32, _ g: Double
  ) throws(PathFailure) -> Double {
    switch op {
    case .add, .copy, .castF32, .castF64: return g
    case .sub: return operand == 0 ? g : -g
    default: break
    }
    let type = clause.types[Int(y)]
    var writer = StepWriter(types: clause.types)
    let seed = writer.add(.seed, type)
    guard let result = writer.share(op, operand: operand, a, b, c, y, seed) else { return 0 }
    guard writer.types.count <= registerCount else { throw .broken }
    for step in writer.steps {
      switch step.operation {
      case .seed: set(step.number, g, type)
      case .number(let value): set(step.number, value, writer.types[Int(step.number)])
      case .element(let op, let a, let b, let c): try element(op, step.number, a, b, c, writer.types)
      default: throw .broken
      }
    }
    return number(result, writer.types[Int(result)])
  }
}
