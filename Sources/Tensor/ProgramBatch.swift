// The program of a whole batch: every table has one more head index, in front, which every read of a table, or of an input
// that each item has its own of, repeats. So the items are a parallel axis of the program, and lanes may run along it,
// which makes small tables fast. Cells have the bits that they have alone: what a cell holds depends on its terms and
// their order, and not on its lane. Derivatives are not that way: they are added up across lanes.
import Recurrences

extension Program {
  /// Whether the values of cells do not depend on their lanes. Chains of log-sum-exp have a product of their own for lanes
  /// along their states, and tables with a condition are cleared cell by cell.
  var isLaneless: Bool {
    tables.allSatisfy(\.band.isEmpty) && !operators.contains { $0.kind == .entropy }
  }

  /// The program for `count` items; a bit of `mapped` for each input that items have their own of.
  func batched(_ count: Int, mapped: UInt64) -> Program {
    func isMapped(_ input: Int) -> Bool { mapped >> UInt64(input) & 1 != 0 }
    var result = self
    for index in tables.indices {
      result.tables[index].sizes.insert(count, at: 0)
      result.tables[index].band = tables[index].band.map { $0.batched(isMapped) }
    }
    for index in inputs.indices where isMapped(index) { result.inputs[index].sizes.insert(count, at: 0) }
    result.clauses = clauses.map { $0.batched(isMapped) }
    return result
  }
}

extension Clause {
  fileprivate func batched(_ isMapped: (Int) -> Bool) -> Clause {
    var result = self
    result.match = match.batched
    result.steps = steps.map(\.batched)
    result.variableCount += 1
    result.reads = reads.map { read in
      var read = read
      read.indices = read.indices.map { index in
        if case .affine(let position) = index { .affine(position.batched) } else { index }
      }
      if case .input(let input) = read.source, !isMapped(input) { return read }
      read.indices.insert(.affine(.variable(0)), at: 0)
      return read
    }
    result.reductions = reductions.map { reduction in
      var reduction = reduction
      reduction.terms = reduction.terms.map { term in
        var term = term
        term.variables = term.variables.map {
          Variable(number: $0.number + 1, start: $0.start.batched, end: $0.end.batched)
        }
        term.filter = term.filter.batched
        term.steps = term.steps.map(\.batched)
        return term
      }
      return reduction
    }
    return result
  }
}

extension Guard {
  fileprivate var batched: Guard {
    Guard(inequalities: inequalities.map(\.batched), steps: steps.map(\.batched), result: result)
  }
}

extension Step {
  fileprivate var batched: Step {
    if case .index(let position) = operation { return Step(number, .index(position.batched)) }
    return self
  }
}

extension Affine {
  /// With one variable more in front.
  fileprivate var batched: Affine { isConstant ? self : Affine(constant, factors: [0] + factors) }
}
