// The program, when all clauses are written: sizes of tables, ranges of indices, filters cut into ranges.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  var isRecurrence: Bool { if case .recurrence = definition.kind { true } else { false } }

  func program() throws -> Program {
    if isRecurrence { try findHeads() }
    var finished: [Clause] = []
    for clause in clauses { finished.append(try finish(clause)) }
    var made: [Table] = []
    for head in tables {
      let sizes = head.sizes.map { $0 ?? 0 }
      made.append(Table(name: head.name, sizes: sizes, band: head.band))
    }
    let dtype = isRecurrence ? width : clauses.first.map { $0.builder.type($0.result) } ?? width
    for table in made {
      var count = 1
      for size in table.sizes {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, product < 1 << 46 else {
          throw Diagnostic(.memoryLimit(requested: Int.max, limit: graph.byteLimit), at: definition.span)
        }
        count = product
      }
    }
    return Program(
      dtype: dtype, tables: made, inputs: inputs, operators: operators, functions: functions,
      clauses: finished)
  }

  private func size(_ source: SizeSource) -> Int? {
    switch source {
    case .known(let size): size
    case .table(let number, let axis): tables[number].sizes[axis]
    }
  }

  /// Sizes of the bare indices of the heads of a recurrence, which all its clauses must agree on.
  private func findHeads() throws {
    for (number, head) in tables.enumerated() {
      for axis in head.sizes.indices where head.sizes[axis] == nil {
        var found: (Int, Access)?
        for clause in clauses where clause.table == number {
          let finder = RangeFinder(clause, isRecurrence: true, sizes: size)
          guard let (size, access) = try finder.size(ofHead: axis) else { continue }
          if let (first, giver) = found, first != size {
            throw Diagnostic(
              .rangeClash(index: head.binders[axis].declaration.name, first: "\(first)", second: "\(size)"),
              at: access.span,
              labels: [
                Diagnostic.Label(access.span, "here it goes to \(size)"),
                Diagnostic.Label(giver.span, "here it goes to \(first)"),
              ])
          }
          found = (size, access)
        }
        guard let (size, _) = found else {
          throw Diagnostic(.unboundedIndex(head.binders[axis].declaration.name), at: head.binders[axis].span)
        }
        tables[number].sizes[axis] = size
      }
    }
  }

  private func finish(_ lowered: LoweredClause) throws -> Clause {
    var clause = lowered
    for (axis, size) in tables[lowered.table].sizes.enumerated() where clause.variables[axis].isBare {
      if let size { (clause.variables[axis].start, clause.variables[axis].end) = (Affine(0), Affine(size)) }
    }
    var finder = RangeFinder(clause, isRecurrence: isRecurrence, sizes: size)
    finder.noteBare()
    try finder.run()
    for (axis, size) in tables[lowered.table].sizes.enumerated() where size == nil {
      tables[lowered.table].sizes[axis] = finder.variables[axis].end?.constant ?? 0
    }
    for (number, reduction) in clause.builder.reductions.enumerated() {
      for term in reduction.terms.indices {
        clause.builder.reductions[number].terms[term] = ranged(reduction.terms[term], finder)
      }
    }
    clause.match.inequalities = lowered.match.inequalities.filter { inequality in
      // What holds for every cell says nothing.
      inequality.interval(finder.intervals).map { $0.low < 0 } ?? true
    }
    return clause.builder.clause(
      table: lowered.table, match: clause.match, result: lowered.result, place: place(lowered.span))
  }

  /// A term with the ranges of its indices, cut by its filter.
  private func ranged(_ term: Term, _ finder: RangeFinder) -> Term {
    var term = term
    guard !term.variables.isEmpty else { return term }
    let own = Set(term.variables.map(\.number))
    for index in term.variables.indices {
      let number = term.variables[index].number
      term.variables[index].start = finder.variables[number].start ?? Affine(0)
      term.variables[index].end = finder.variables[number].end ?? Affine(0)
      term.filter.inequalities += finder.narrowing[number] ?? []
    }
    term.filter.inequalities = term.filter.inequalities.filter { inequality in
      guard let variable = inequality.innermost, own.contains(variable),
        let position = term.variables.firstIndex(where: { $0.number == variable })
      else { return true }
      return !cut(&term.variables[position], inequality, finder.intervals)
    }
    return term
  }

  /// Whether the range says what the inequality says, now or already.
  private func cut(_ variable: inout Variable, _ inequality: Affine, _ intervals: [Interval?]) -> Bool {
    let factor = inequality.factor(variable.number)
    guard factor == 1 || factor == -1 else { return false }
    let rest = inequality - Affine.variable(variable.number) * factor
    let bound = factor == 1 ? -rest : rest + Affine(1)
    let old = factor == 1 ? variable.start : variable.end
    guard let gain = (factor == 1 ? bound - old : old - bound).interval(intervals) else { return false }
    if gain.low >= 0 {
      if factor == 1 { variable.start = bound } else { variable.end = bound }
      return true
    }
    return gain.high <= 0
  }
}
