// Reductions in a body: over a comprehension (`max(e for r)`) or over several values (`max(a, b, c)`). A term has indices, a
// filter and a body. An index over a known list stands for one term an item.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  /// A term whose result has no common type yet.
  private struct OpenTerm {
    var variables: [Variable]
    var filter: Guard
    var steps: [Step]
    var result: Item
    var type: DType
  }

  func reduction(_ operation: ReductionOperator, _ callee: Value, _ arguments: [Expr], _ name: String) throws -> Item {
    if let function = callee.reductionValue?.function, !functions.contains(function) { functions.append(function) }
    if arguments.count == 1, case .comprehension(let body, let binders) = arguments[0].kind {
      let terms = try self.terms(binders, body)
      return try reduced(operation, terms)
    }
    if let simple = try ofKnown(operation, callee, arguments) { return simple }
    var terms: [OpenTerm] = []
    for argument in arguments { terms += try self.terms([], argument) }
    if terms.isEmpty { throw problem(.missingArgument(function: name, name: "x")) }
    return try reduced(operation, terms)
  }

  /// Several values that are known, or sums of indices, or integers and booleans that leave nothing out: these need no
  /// reduction.
  private func ofKnown(_ operation: ReductionOperator, _ callee: Value, _ arguments: [Expr]) throws -> Item? {
    if arguments.contains(where: hasFilter) { return nil }
    let before = (builder, accesses, leavingReads, variables)
    reductionDepth += 1
    termBounds.append(TermBounds(conditions: conditions.count))
    defer {
      reductionDepth -= 1
      termBounds.removeLast()
    }
    let items = try arguments.map(item)
    if let result = try applied(callee, items.map { (nil, $0) }) { return result }
    if operation.kind == .max, items.count > 1 {
      let sums = items.map { item -> Affine? in if case .affine(let affine) = item { affine } else { nil } }
      if sums.allSatisfy({ $0 != nil }) { return .extremum(isMaximum: !operation.isMinimum, sums.compactMap { $0 }) }
    }
    if items.count > 1, leavingReads == before.2, let result = try folded(operation, items) { return result }
    // What was tried is undone.
    (builder, accesses, leavingReads, variables) = before
    return nil
  }

  private func folded(_ operation: ReductionOperator, _ items: [Item]) throws -> Item? {
    let types = items.map(type)
    let op: ElementOp
    let wanted: DType
    switch operation.kind {
    case .any, .all:
      guard types.allSatisfy({ $0 == .bool }) else { return nil }
      (op, wanted) = (operation.kind == .any ? .or : .and, .bool)
    case .sum, .prod, .max:
      guard types.allSatisfy({ $0 == .i64 }) else { return nil }
      wanted = .i64
      op = operation.kind == .sum ? .add : operation.kind == .prod ? .mul : operation.isMinimum ? .min : .max
    default: return nil
    }
    var result = try value(items[0], as: wanted)
    for item in items.dropFirst() { result = builder.element(op, result, try value(item, as: wanted)) }
    return .value(result)
  }

  // MARK: Terms

  private func terms(_ binders: [Binder], _ body: Expr) throws -> [OpenTerm] {
    reductionDepth += 1
    defer { reductionDepth -= 1 }
    return try scoped { try terms(binders, at: 0, [], [], body) }
  }

  private func terms(
    _ binders: [Binder], at index: Int, _ outer: [Variable], _ inequalities: [Affine], _ body: Expr
  ) throws -> [OpenTerm] {
    guard index < binders.count else { return try [term(outer, inequalities, binders, body)] }
    let binder = binders[index]
    if case .sequence(let e) = binder.range, !isRange(e) {
      return try at(e.span) {
        let items = try knownItems(item(e))
        return try items.flatMap { item in
          try scoped {
            bind(binder.declaration, item)
            return try terms(binders, at: index + 1, outer, inequalities, body)
          }
        }
      }
    }
    return try at(binder.span) {
      let number = builder.addVariable()
      var more = inequalities
      bind(binder.declaration, .affine(.variable(number)))
      let (start, end) = try ends(binder, number, &more)
      variables.append(
        IndexVariable(name: binder.declaration.name, span: binder.span, axis: -1, start: start, end: end))
      let variable = Variable(number: number, start: start ?? Affine(0), end: end ?? Affine(0))
      return try terms(binders, at: index + 1, outer + [variable], more, body)
    }
  }

  // MARK: One term

  private func term(_ variables: [Variable], _ inequalities: [Affine], _ binders: [Binder], _ body: Expr) throws
    -> OpenTerm
  {
    let depth = termBounds.count
    termBounds.append(TermBounds(conditions: conditions.count))
    defer { termBounds.removeLast(termBounds.count - depth) }
    builder.open()
    var condition = inequalities.isEmpty ? Item.boolean(true) : .holds(inequalities, -1)
    for filter in binders.flatMap(\.filters) {
      let earlier = condition
      let holds = try under(earlier) { try at(filter.span) { try boolean(item(filter), "if") } }
      condition = try both(condition, holds)
    }
    if hasFilter(body) {
      let earlier = condition
      condition = try both(condition, under(earlier) { try filter(of: body) })
    }
    let (kept, result) = try parts(condition)
    var guarded = Guard(inequalities: kept, steps: builder.close(), result: result)
    builder.open()
    let value = try termValue(body)
    guard let type = type(value) else { throw try at(body.span) { noScalar(value) } }
    // A constant is made when the type of the reduction is known.
    var made = value
    if known(value) == nil || type == .bool { made = .value(try self.value(value)) }
    let steps = builder.close()
    guarded.inequalities += termBounds[depth].inequalities
    try inBand(termBounds[depth], &guarded)
    return OpenTerm(variables: variables, filter: guarded, steps: steps, result: made, type: type)
  }

  /// Adds to a term's filter that the cells which it reads are those that the tables have.
  private func inBand(_ bounds: TermBounds, _ filter: inout Guard) throws {
    if bounds.cells.isEmpty && bounds.finished.isEmpty { return }
    builder.reopen(filter.steps)
    var condition = Item.holds(filter.inequalities, filter.result)
    if case .recurrence(let node) = definition.kind {
      for (table, positions) in bounds.cells {
        let cell = positions.map { Item.affine($0) }
        if let band = tables[table].band.first, band.result >= 0 {
          // The condition may read tensors, which have no elements for cells outside of the table.
          let inside = try isInside(table, cell)
          condition = try both(condition, both(inside, under(inside) { try self.band(node, cell) }))
        } else {
          condition = try both(condition, band(node, cell))
        }
      }
    }
    for (number, positions) in bounds.finished {
      let inside = Item.holds(zip(positions, inputs[number].sizes).flatMap { [$0, Affine($1 - 1) - $0] }, -1)
      condition = try both(condition, both(inside, under(inside) { try isNumber(number, positions) }))
    }
    let (inequalities, result) = try parts(condition)
    filter = Guard(inequalities: inequalities, steps: builder.close(), result: result)
  }

  private func isNumber(_ number: Int, _ positions: [Affine]) throws -> Item {
    let read = Read(
      source: .input(number), indices: positions.map { .affine($0) }, condition: try currentCondition(),
      leavesOut: false, place: place(span))
    let element = builder.read(read, inputs[number].dtype)
    return .value(builder.element(.eq, element, element))
  }

  /// Whether the term is `if c { e }`, perhaps behind `let`s.
  func hasFilter(_ e: Expr) -> Bool {
    switch e.kind {
    case .ifElse(_, let then, let otherwise):
      otherwise.map(hasFilter) ?? true || then.statements.last.map(hasFilter) ?? false
    case .block(let block): block.statements.last.map(hasFilter) ?? false
    default: false
    }
  }
  private func hasFilter(_ statement: Statement) -> Bool {
    if case .expression(let e) = statement.kind { return hasFilter(e) }
    return false
  }

  /// Where `if c { e }` has a term.
  private func filter(of e: Expr) throws -> Item {
    guard hasFilter(e) else { return .boolean(true) }
    switch e.kind {
    case .block(let block): return try scoped { try filter(of: block) }
    case .ifElse(let condition, let then, let otherwise):
      let holds = try at(condition.span) { try boolean(item(condition), "if") }
      let first = try both(holds, under(holds) { try scoped { try filter(of: then) } })
      guard let otherwise else { return first }
      let fails = try inverted(holds)
      let second = try both(fails, under(fails) { try filter(of: otherwise) })
      return .value(builder.element(.or, try value(first), try value(second)))
    default: return .boolean(true)
    }
  }

  private func filter(of block: Block) throws -> Item {
    guard let last = block.statements.last, case .expression(let e) = last.kind, hasFilter(e) else {
      return .boolean(true)
    }
    try bindings(of: block)
    return try filter(of: e)
  }

  /// The term's value, where its filter holds.
  private func termValue(_ e: Expr) throws -> Item {
    guard hasFilter(e) else { return try item(e) }
    switch e.kind {
    case .block(let block): return try scoped { try termValue(block) }
    case .ifElse(let condition, let then, let otherwise):
      guard let otherwise else { return try scoped { try termValue(then) } }
      let holds = try at(condition.span) { try boolean(item(condition), "if") }
      let first = try under(holds) { try scoped { try termValue(then) } }
      let second = try under(inverted(holds)) { try termValue(otherwise) }
      return try selected(holds, first, second)
    default: return try item(e)
    }
  }

  private func termValue(_ block: Block) throws -> Item {
    guard let last = block.statements.last, case .expression(let e) = last.kind else { return .concrete(.none, "none") }
    try bindings(of: block)
    return try termValue(e)
  }

  // MARK: The whole

  private func reduced(_ operation: ReductionOperator, _ terms: [OpenTerm]) throws -> Item {
    let types = terms.map(\.type)
    let isFloat = types.contains { $0.isFloat }
    let type: DType
    switch operation.kind {
    case .any, .all:
      guard types.allSatisfy({ $0 == .bool }) else {
        throw problem(
          .wrongType(operation: "\(operation.kind)", expected: "booleans", found: "numbers"),
          help: "compare: `any(x[i] > 0 for i)`")
      }
      type = .bool
    case .sum, .prod, .max: type = isFloat || terms.isEmpty ? width : .i64
    case .mean, .entropy, .l2, .tsallis, .user: type = width
    }
    var closed: [Term] = []
    for term in terms {
      builder.reopen(term.steps)
      let result = try value(term.result, as: type)
      closed.append(Term(variables: term.variables, filter: term.filter, steps: builder.close(), result: result))
    }
    let reduction = Reduction(operation: operatorNumber(operation), terms: closed, place: place(span))
    return .value(builder.reduce(reduction, type))
  }
}
