// The alternatives of all cells of a program, in the order of its schedule but one cell after the other, and the way back
// from one of them. No recursion over cells: a chain may be as long as memory allows.
import KernelTypes
import Kernels

package final class ProgramPaths {
  private let recurrence: Recurrence
  private let program: Program
  private let evaluators: [CellEvaluator]
  private let bands: [[CellEvaluator]]
  private let numbers: ListNumbers
  private let up: Bool
  private let control: RunControl

  /// `inputs` holds the elements of every input, `lists` the numbers of the lists of those whose elements have
  /// alternatives; the lists of the program's own cells begin at `first`. `up`: the largest is best.
  package init(
    _ recurrence: Recurrence, _ additive: Additive, inputs: [UnsafeRawPointer], lists: [[Int]?], first: Int, up: Bool,
    control: RunControl
  ) {
    self.recurrence = recurrence
    program = recurrence.program
    self.up = up
    self.control = control
    var next = first
    let tables = recurrence.program.tables.map { table in
      defer { next += table.count }
      return next
    }
    let numbers = ListNumbers(tables: tables, inputs: lists)
    self.numbers = numbers
    evaluators = recurrence.program.clauses.indices.map {
      CellEvaluator(
        recurrence.program, $0, derived: additive.derived[$0], inputs: inputs, lists: numbers, control: control)
    }
    bands = recurrence.program.tables.map { table in
      table.band.map { band in
        var program = recurrence.program
        program.clauses = [band]
        return CellEvaluator(
          program, 0, derived: Array(repeating: false, count: band.types.count), inputs: inputs, lists: numbers,
          control: control)
      }
    }
  }

  // MARK: Forwards

  package func fill<A: PathAlgebra>(_ algebra: inout A) throws(PathFailure) {
    let schedule = recurrence.schedule
    // Walks are outermost where order matters; a line or a diagonal of lanes is walked like any other axis.
    var axes = schedule.walks + schedule.diagonal
    for axis in recurrence.space.indices where !axes.contains(where: { $0.axis == axis }) {
      axes.append(Schedule.Walk(axis: axis, direction: 1))
    }
    if recurrence.space.contains(0) { return }
    var cell = recurrence.space
    for walk in axes { cell[walk.axis] = walk.direction > 0 ? 0 : recurrence.space[walk.axis] - 1 }
    var count = 0
    while true {
      for table in schedule.tableOrder { try fill(table, cell, &algebra) }
      count += 1
      if count & 63 == 0 && control.isCancelled { throw .cancelled }
      // The next cell: the innermost axis first.
      var level = axes.count - 1
      while level >= 0 {
        let walk = axes[level]
        cell[walk.axis] += walk.direction
        if cell[walk.axis] >= 0 && cell[walk.axis] < recurrence.space[walk.axis] { break }
        cell[walk.axis] = walk.direction > 0 ? 0 : recurrence.space[walk.axis] - 1
        level -= 1
      }
      if level < 0 { return }
    }
  }

  private func fill<A: PathAlgebra>(_ table: Int, _ cell: [Int], _ algebra: inout A) throws(PathFailure) {
    var address = 0
    for (axis, size) in program.tables[table].sizes.enumerated() {
      guard cell[axis] < size else { return }
      address = address * size + cell[axis]
    }
    for band in bands[table] {
      place(cell, band)
      guard try band.matches() else { return }
      try band.enterClause()
      if band.clause.result >= 0 && !band.holds(band.clause.result) { return }
    }
    guard let evaluator = try clause(table, cell) else { throw .broken }
    try evaluator.enterClause()
    let list = try evaluator.list(evaluator.clause.result, up: up, &algebra)
    try algebra.keep(list, at: numbers.tables[table] + address)
  }

  private func place(_ cell: [Int], _ evaluator: CellEvaluator) {
    for (axis, position) in cell.enumerated() { evaluator.variables[axis] = position }
  }

  /// The clause that defines a cell.
  private func clause(_ table: Int, _ cell: [Int]) throws(PathFailure) -> CellEvaluator? {
    for evaluator in evaluators where evaluator.clause.table == table {
      place(cell, evaluator)
      if try evaluator.matches() { return evaluator }
    }
    return nil
  }

  // MARK: Back

  /// Goes back along an alternative of the cell whose list is kept under `part.list`.
  package func follow(
    _ part: PathTrace.Part, _ best: BestPaths, sources: [Int], _ trace: inout PathTrace
  ) throws(PathFailure) {
    // A table without cells begins where the next one does.
    guard let table = numbers.tables.lastIndex(where: { $0 <= part.list }) else { throw .broken }
    var rest = part.list - numbers.tables[table]
    var cell = program.tables[table].sizes
    for axis in cell.indices.reversed() {
      (rest, cell[axis]) = rest.quotientAndRemainder(dividingBy: max(1, program.tables[table].sizes[axis]))
    }
    guard let evaluator = try clause(table, cell) else { throw .broken }
    try evaluator.enterClause()
    var decisions = best.decisions(part.list, part.rank)
    try evaluator.follow(evaluator.clause.result, part.factor, &decisions, sources, &trace, best)
  }
}
