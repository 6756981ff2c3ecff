// `sum(x[i] * y[i + 1] for i)` outside of a table is one cell with many terms. The terms become a table of their own, so that
// lanes run along them, and the graph reduces the table. Only where the ranges are a box, nothing is filtered and no
// read can leave a term out.
import KernelTypes
import Recurrences
import Tensor

extension Graph {
  /// The value of a reduction with a box of terms, owned; nil if it is something else.
  func wholeReduction(_ program: Program, _ inputs: [Node]) throws -> Node? {
    guard let terms = TermTable(program) else { return nil }
    let table = try recurrence(terms.program, inputs: inputs)
    defer { for node in table { release(node) } }
    return try table.first.map { try reduce(terms.reduction, $0, axes: nil, keepDims: false) }
  }
}

/// The terms of a reduction as a program.
private struct TermTable {
  let program: Program
  let reduction: Tensor.Reduction

  private static let mostTerms = 1 << 24

  init?(_ whole: Program) {
    guard whole.tables.count == 1, whole.tables[0].sizes.isEmpty, whole.clauses.count == 1, whole.tables[0].band.isEmpty
    else { return nil }
    let clause = whole.clauses[0]
    guard clause.match.isTrivial, let last = clause.steps.last, last.number == clause.result,
      case .reduce(let number) = last.operation, clause.reductions[number].terms.count == 1,
      let reduction = TermTable.reduction(whole.operators[clause.reductions[number].operation])
    else { return nil }
    let term = clause.reductions[number].terms[0]
    guard term.filter.isTrivial, term.filter.steps.isEmpty, !term.variables.isEmpty else { return nil }
    // Indices of the table, moved to begin at 0; those of reductions inside follow.
    var sizes: [Int] = []
    var replacements: [Affine?] = Array(repeating: nil, count: clause.variableCount)
    var intervals: [Interval?] = replacements.map { _ in nil }
    var count = 1
    for variable in term.variables {
      guard variable.start.isConstant, variable.end.isConstant else { return nil }
      let size = Swift.max(0, variable.end.constant - variable.start.constant)
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product <= TermTable.mostTerms else { return nil }
      count = product
      replacements[variable.number] = .variable(sizes.count) + variable.start
      intervals[variable.number] = Interval(low: variable.start.constant, high: variable.end.constant - 1)
      sizes.append(size)
    }
    for step in term.steps {
      guard case .read(let read) = step.operation, clause.reads[read].leavesOut else { continue }
      if !TermTable.isInside(clause.reads[read], whole, intervals) { return nil }
    }
    var next = sizes.count
    for variable in replacements.indices where replacements[variable] == nil {
      replacements[variable] = .variable(next)
      next += 1
    }
    let renaming = Renaming(replacements: replacements.compactMap { $0 }, dropped: number)
    var made = Clause(table: 0, match: Guard(), variableCount: next, place: clause.place)
    made.types = clause.types
    made.reads = clause.reads.map { renaming.read($0) }
    for (index, inner) in clause.reductions.enumerated() where index != number {
      made.reductions.append(renaming.reduction(inner))
    }
    made.steps = renaming.steps(Array(clause.steps.dropLast()) + term.steps)
    made.result = term.result
    let dtype = clause.types[Int(term.result)]
    self.reduction = reduction
    program = Program(
      dtype: dtype, tables: [Table(name: whole.tables[0].name, sizes: sizes)], inputs: whole.inputs,
      operators: whole.operators, functions: whole.functions, clauses: [made])
  }

  private static func reduction(_ operation: ReductionOperator) -> Tensor.Reduction? {
    switch operation.kind {
    case .sum: .sum
    case .prod: .prod
    case .mean: .mean
    case .any: .any
    case .all: .all
    case .max: operation.isMinimum ? .min : .max
    case .entropy: operation.gamma == 1 && !operation.isMinimum ? .logsumexp : nil
    case .l2, .tsallis, .user: nil
    }
  }

  private static func isInside(_ read: Read, _ program: Program, _ intervals: [Interval?]) -> Bool {
    guard case .input(let input) = read.source, read.condition < 0 else { return false }
    for (index, size) in zip(read.indices, program.inputs[input].sizes) {
      guard case .affine(let affine) = index, let range = affine.interval(intervals), range.low >= 0, range.high < size
      else { return false }
    }
    return true
  }
}

/// Other numbers for indices, and one reduction less.
private struct Renaming {
  let replacements: [Affine]
  let dropped: Int

  func affine(_ affine: Affine) -> Affine { affine.substituting(replacements) }

  func read(_ read: Read) -> Read {
    var read = read
    read.indices = read.indices.map { index in
      if case .affine(let position) = index { return .affine(affine(position)) }
      return index
    }
    return read
  }

  func steps(_ steps: [Step]) -> [Step] {
    steps.map { step in
      switch step.operation {
      case .index(let position): Step(step.number, .index(affine(position)))
      case .reduce(let number): Step(step.number, .reduce(number > dropped ? number - 1 : number))
      default: step
      }
    }
  }

  func reduction(_ reduction: Recurrences.Reduction) -> Recurrences.Reduction {
    var reduction = reduction
    reduction.terms = reduction.terms.map { term in
      var term = term
      term.variables = term.variables.map { variable in
        Variable(
          number: replacements[variable.number].soleVariable ?? variable.number, start: affine(variable.start),
          end: affine(variable.end))
      }
      term.filter.inequalities = term.filter.inequalities.map(affine)
      term.filter.steps = steps(term.filter.steps)
      term.steps = steps(term.steps)
      return term
    }
    return reduction
  }
}
