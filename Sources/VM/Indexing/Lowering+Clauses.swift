// Clauses of a recurrence. A clause says by its positions which cells it defines:
//
//     v[t, s] = ...      both are indices of the head in their own place: every cell
//     v[0, s] = ...      free of indices: the cells with that index
//     v[i + 1] = ...     solved for the index: i is the cell's index less one, where that is an index
//     v[i, i] = ...      an index that is known already: the cells where both agree
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  func lower(_ clause: RecNode.Clause, _ number: Int) throws {
    let head = tables[number]
    try self.clause(table: number, span: clause.span) {
      var condition = try positions(clause, head)
      if let e = clause.condition {
        let earlier = condition
        condition = try both(condition, under(earlier) { try at(e.span) { try boolean(item(e), "if") } })
      }
      return condition
    } body: {
      try item(clause.body)
    }
  }

  /// Binds the head's indices as the positions say; what the cell must fulfil besides.
  private func positions(_ clause: RecNode.Clause, _ head: TableHead) throws -> Item {
    // Unknowns: the head's indices in the clause, as variables behind those of the cell.
    var solved: [Affine?] = Array(repeating: nil, count: head.rank)
    var open: [(axis: Int, form: Affine, span: Span)] = []
    var condition = Item.boolean(true)
    for (axis, binder) in head.binders.enumerated() {
      bind(binder.declaration, .affine(.variable(head.rank + axis)))
    }
    var computed: [(axis: Int, e: Expr)] = []
    for (axis, position) in clause.positions.enumerated() where axis < head.rank {
      let before = (builder, accesses)
      guard case .affine(let affine) = try item(position) else {
        // Lowered again when the indices are known.
        (builder, accesses) = before
        computed.append((axis, position))
        continue
      }
      if affine.soleVariable == head.rank + axis {
        solved[axis] = .variable(axis)
      } else {
        open.append((axis, affine, position.span))
      }
    }
    var bounds: [Affine] = []
    var changed = true
    while changed {
      changed = false
      for (entry, place) in open.enumerated().reversed() {
        let form = substituting(place.form, solved, head.rank)
        let unknowns = (0..<head.rank).filter { form.factor(head.rank + $0) != 0 }
        guard unknowns.count == 1, Swift.abs(form.factor(head.rank + unknowns[0])) == 1 else { continue }
        let unknown = unknowns[0]
        let factor = form.factor(head.rank + unknown)
        let rest = form - Affine.variable(head.rank + unknown) * factor
        let value = (Affine.variable(place.axis) - rest) * factor
        solved[unknown] = value
        bounds.append(value)
        if let size = head.sizes[unknown] { bounds.append(Affine(size - 1) - value) }
        open.remove(at: entry)
        changed = true
      }
    }
    // An index that no position names is the cell's own.
    for axis in 0..<head.rank where solved[axis] == nil { solved[axis] = .variable(axis) }
    for place in open {
      let difference = substituting(place.form, solved, head.rank) - Affine.variable(place.axis)
      bounds += [difference, -difference]
    }
    for (axis, binder) in head.binders.enumerated() {
      bind(binder.declaration, .affine(solved[axis] ?? .variable(axis)))
    }
    if !bounds.isEmpty { condition = .holds(bounds, -1) }
    for (axis, e) in computed {
      let wanted = try at(e.span) { try integerValue(item(e)) }
      condition = try both(condition, .value(builder.element(.eq, builder.index(.variable(axis)), wanted)))
    }
    return condition
  }

  private func substituting(_ form: Affine, _ solved: [Affine?], _ rank: Int) -> Affine {
    let replacements = (0..<2 * rank).map { variable -> Affine in
      variable < rank ? .variable(variable) : solved[variable - rank] ?? .variable(variable)
    }
    return form.substituting(replacements)
  }

  private func integerValue(_ form: Item) throws -> Int32 {
    guard type(form) == .i64 else {
      throw problem(.wrongType(operation: "a position of a clause", expected: "an integer", found: describe(form)))
    }
    return try value(form)
  }

  // MARK: Cells that must be there

  /// `v[i-1, j] + c` in a band is an error where the band lacks the cell. There another clause comes first: it reads a
  /// tensor that has no elements, at the cell.
  func checkNeeded(_ table: Int, _ match: Guard, _ clauseSpan: Span) throws {
    guard match.steps.isEmpty, match.result < 0 else { return }
    let own = tables[table].band.first?.match.inequalities ?? []
    for need in neededCells {
      guard let band = tables[need.table].band.first else { continue }
      if band.result >= 0 {
        try checkAsItRuns(need, table, match, clauseSpan)
        continue
      }
      for inequality in band.match.inequalities {
        let needed = inequality.substituting(need.cell)
        let isImplied = (own + match.inequalities).contains {
          (needed - $0).isConstant && (needed - $0).constant >= 0
        }
        if isImplied { continue }
        try fail(
          need, table, Guard(inequalities: match.inequalities + [-needed - Affine(1)]),
          ClauseBuilder(variables: tables[table].rank), [], clauseSpan)
      }
    }
  }

  /// The same where the condition reads data.
  private func checkAsItRuns(_ need: NeededCell, _ table: Int, _ match: Guard, _ clauseSpan: Span) throws {
    guard case .recurrence(let node) = definition.kind else { return }
    let before = (builder, accesses)
    defer { (builder, accesses) = before }
    builder = ClauseBuilder(variables: tables[table].rank)
    accesses = []
    builder.open()
    let cell = need.cell.map { Item.affine($0) }
    let inside = try isInside(need.table, cell)
    let isMissing = try both(inside, under(inside) { try inverted(band(node, cell)) })
    let (inequalities, result) = try parts(isMissing)
    let guarded = Guard(inequalities: match.inequalities + inequalities, steps: builder.close(), result: result)
    try fail(need, table, guarded, builder, accesses, clauseSpan)
  }

  private func fail(
    _ need: NeededCell, _ table: Int, _ match: Guard, _ writer: ClauseBuilder, _ accesses: [Access], _ clauseSpan: Span
  ) throws {
    var writer = writer
    let read = Read(
      source: .input(try nothing(rank: need.cell.count)), indices: need.cell.map { .affine($0) }, leavesOut: false,
      place: place(need.span) | PlaceTable.leftOut)
    let result = writer.read(read, width)
    clauses.append(
      LoweredClause(
        table: table, match: match, builder: writer, result: result,
        variables: Array(variables.prefix(tables[table].rank)), accesses: accesses, span: clauseSpan))
  }

  /// The number of an input without elements.
  private func nothing(rank: Int) throws -> Int {
    let value = keep(Value(try graph.filled(Array(repeating: 0, count: rank), width, .float(0))))
    return try input(value, "nothing")
  }
}
