// Drops steps whose value nobody uses, block by block.

enum Pruning {
  static func prune(_ clause: inout CellClause) {
    var changed = true
    while changed {
      changed = false
      var used = Set<Int32>()
      if clause.result >= 0 { used.insert(clause.result) }
      if clause.tangent >= 0 { used.insert(clause.tangent) }
      collect(clause.steps, &used)
      for read in clause.reads {
        if read.condition >= 0 { used.insert(read.condition) }
        for case .value(let number) in read.indices { used.insert(number) }
      }
      collect(clause.match, &used)
      for reduction in clause.reductions {
        for term in reduction.terms {
          collect(term.filter, &used)
          used.insert(term.result)
          if term.tangent >= 0 { used.insert(term.tangent) }
          collect(term.steps, &used)
          collect(term.adjoint, &used)
        }
      }
      changed = drop(&clause.steps, used)
      for reduction in clause.reductions.indices {
        for term in clause.reductions[reduction].terms.indices {
          // What makes a term makes its value; its adjoint may need less of it.
          if drop(&clause.reductions[reduction].terms[term].steps, used) { changed = true }
          if dropUnread(&clause.reductions[reduction].terms[term].adjoint, clause) { changed = true }
        }
      }
    }
  }

  /// Steps of a term's adjoint are used within it alone.
  private static func dropUnread(_ steps: inout [CellStep], _ clause: CellClause) -> Bool {
    var used = Set<Int32>()
    collect(steps, &used)
    for step in steps {
      switch step.operation {
      case .read(let read), .readTangent(let read), .accumulate(let read, _), .accumulateTangent(let read, _):
        let read = clause.reads[read]
        if read.condition >= 0 { used.insert(read.condition) }
        for case .value(let number) in read.indices { used.insert(number) }
      case .reduce(let inner), .reduceDual(let inner, _), .reduceAdjoint(let inner, _, _):
        for term in clause.reductions[inner].terms {
          collect(term.filter, &used)
          used.insert(term.result)
          collect(term.steps, &used)
          collect(term.adjoint, &used)
          for step in term.steps + term.adjoint {
            if case .read(let read) = step.operation {
              for case .value(let number) in clause.reads[read].indices { used.insert(number) }
            }
          }
        }
      default: break
      }
    }
    return drop(&steps, used)
  }

  private static func drop(_ steps: inout [CellStep], _ used: Set<Int32>) -> Bool {
    let before = steps.count
    steps.removeAll { step in
      guard step.number >= 0 else { return false }
      if case .reduceDual(_, let tangent) = step.operation, used.contains(tangent) { return false }
      return !used.contains(step.number)
    }
    return steps.count != before
  }

  private static func collect(_ condition: Guard, _ used: inout Set<Int32>) {
    if condition.result >= 0 { used.insert(condition.result) }
    for step in condition.steps {
      if case .element(_, let a, let b, let c) = step.operation { used.formUnion([a, b, c]) }
    }
  }

  private static func collect(_ steps: [CellStep], _ used: inout Set<Int32>) {
    for step in steps {
      switch step.operation {
      case .element(_, let a, let b, let c): used.formUnion([a, b, c])
      case .accumulate(_, let value), .accumulateTangent(_, let value), .collect(_, let value): used.insert(value)
      case .reduceAdjoint(_, let seed, let tangent): used.formUnion([seed, tangent])
      default: break
      }
    }
  }
}
