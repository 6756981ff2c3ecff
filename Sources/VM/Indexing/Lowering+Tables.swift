// Definitions as tables: heads give indices their ranges, bodies become clauses. What the clauses of a recurrence define is
// in Lowering+Clauses.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax

struct TableHead {
  let name: String
  let declaration: Declaration?
  let binders: [Binder]
  /// nil until found from the reads.
  var sizes: [Int?]
  /// What ends that use earlier indices ask of a cell.
  var bounds: [Affine] = []
  var band: [Clause] = []
  var rank: Int { binders.count }
}

/// A clause without the ranges of its indices.
struct LoweredClause {
  let table: Int
  var match: Guard
  var builder: ClauseBuilder
  let result: Int32
  var variables: [IndexVariable]
  let accesses: [Access]
  let span: Span
}

extension Lowering {
  /// Lowers the definition, up to the ranges.
  func run() throws {
    switch definition.kind {
    case .recurrence(let node): try recurrence(node)
    case .indexed(let name, let binders, let body): try index(name.name, name, binders, body)
    case .tensor(let body, let binders): try index("tensor", nil, binders, body)
    case .reduction: break
    }
  }

  /// `let c[i, k] = e`
  private func index(_ name: String, _ declaration: Declaration?, _ binders: [Binder], _ body: Expr) throws {
    if let filter = binders.flatMap(\.filters).first {
      throw Diagnostic(
        .notInBody("a filter of the indices"), at: filter.span,
        help: "a tensor has all its cells: `if c { a } else { b }` in the body chooses")
    }
    let head = try self.head(name, declaration, binders)
    if !head.bounds.isEmpty {
      throw Diagnostic(
        .notInBody("an end that depends on another index"), at: binders.last?.span,
        help: "a tensor has all its cells: write the longest range, and choose with `if`")
    }
    tables = [head]
    try clause(table: 0, span: body.span) {
      for (axis, binder) in binders.enumerated() { bind(binder.declaration, .affine(.variable(axis))) }
      return .boolean(true)
    } body: {
      try item(body)
    }
  }

  /// `max(e for i)` as a table without indices.
  func reduction(_ callee: Value, _ terms: [Expr]) throws {
    tables = [TableHead(name: "the reduction", declaration: nil, binders: [], sizes: [])]
    try clause(table: 0, span: span) {
      .boolean(true)
    } body: {
      guard let operation = machine.reductionOperator(callee) else {
        throw problem(.wrongType(operation: "a call", expected: "a reduction", found: heap.typeName(callee)))
      }
      return try reduction(operation, callee, terms, machine.functionName(callee) ?? "a reduction")
    }
  }

  // MARK: Heads

  private func head(_ name: String, _ declaration: Declaration?, _ binders: [Binder]) throws -> TableHead {
    var head = TableHead(name: name, declaration: declaration, binders: binders, sizes: [])
    try scoped {
      for (axis, binder) in binders.enumerated() {
        try at(binder.span) { head.sizes.append(try size(binder, axis, &head)) }
        bind(binder.declaration, .affine(.variable(axis)))
      }
    }
    return head
  }

  private func size(_ binder: Binder, _ axis: Int, _ head: inout TableHead) throws -> Int? {
    var ends: [Affine] = []
    switch binder.range {
    case .bare: return nil
    case .below(let e): ends = try sums(item(e), e, isMaximum: false)
    case .upTo(let e): ends = try sums(item(e), e, isMaximum: false).map { $0 + Affine(1) }
    case .sequence(let e):
      guard case .range(let start?, let end?, nil) = e.kind else {
        throw notInBody(
          "this range of a table", help: "write the size, `i < n`: the order of cells follows from the reads")
      }
      let from = try integer(item(start)) ?? 0
      if from != 0 { throw problem(.lateStart(index: binder.declaration.name, start: from)) }
      ends = try sums(item(end), end, isMaximum: false)
    case .destructured: throw notInBody("taking items apart")
    }
    var size = Int.max
    for end in ends {
      // The largest value that an end with earlier indices has.
      var largest = end.constant
      for (variable, factor) in end.factors.enumerated() where factor > 0 {
        guard let other = head.sizes[variable] else { throw problem(.unboundedIndex(binder.declaration.name)) }
        largest += factor * (other - 1)
      }
      size = Swift.min(size, largest)
      if !end.isConstant { head.bounds.append(end - Affine.variable(axis) - Affine(1)) }
    }
    if size < 0 {
      throw problem(
        .badValue(operation: "the index `\(binder.declaration.name)`", detail: "its range would have \(size) cells"))
    }
    return size
  }

  // MARK: Recurrences

  private func recurrence(_ node: RecNode) throws {
    for (number, table) in node.tables.enumerated() {
      tables.append(
        try at(table.declaration.span) { try head(table.declaration.name, table.declaration, table.binders) })
      bind(table.declaration, .table(number))
    }
    for number in node.tables.indices { tables[number].band = try band(node, number) }
    for clause in node.clauses {
      guard let number = node.tables.firstIndex(where: { $0.declaration.binding === clause.table.binding }) else {
        continue
      }
      try at(clause.span) { try lower(clause, number) }
    }
  }

  /// `rec v[..] if c`: the condition is written with the indices of the first table.
  private func band(_ node: RecNode, _ number: Int) throws -> [Clause] {
    let head = tables[number]
    guard node.condition != nil || !head.bounds.isEmpty else { return [] }
    builder = ClauseBuilder(variables: head.rank)
    variables = []
    accesses = []
    if let e = node.condition, node.tables[0].binders.count != head.rank {
      throw Diagnostic(.differentRanks, at: e.span)
    }
    let bounds = head.bounds.isEmpty ? Item.boolean(true) : .holds(head.bounds, -1)
    let condition = try both(bounds, band(node, (0..<head.rank).map { .affine(.variable($0)) }))
    let (inequalities, result) = try parts(condition)
    return [
      builder.clause(table: number, match: Guard(inequalities: inequalities), result: result, place: place(span))
    ]
  }

  /// The condition of the recurrence at a cell.
  func band(_ node: RecNode, _ cell: [Item]) throws -> Item {
    guard let e = node.condition else { return .boolean(true) }
    return try scoped {
      for (binder, position) in zip(node.tables[0].binders, cell) { bind(binder.declaration, position) }
      return try at(e.span) { try boolean(item(e), "if") }
    }
  }

  /// Whether each index of a cell is one that the table has, also where the end of one depends on others.
  func isInside(_ table: Int, _ cell: [Item]) throws -> Item {
    var result = Item.boolean(true)
    for (position, size) in zip(cell, tables[table].sizes) {
      if case .affine(let index) = position {
        result = try both(result, .holds([index] + (size.map { [Affine($0 - 1) - index] } ?? []), -1))
        continue
      }
      let index = try value(position)
      result = try both(result, .value(builder.element(.ge, index, builder.integer(0))))
      if let size { result = try both(result, .value(builder.element(.lt, index, builder.integer(size)))) }
    }
    for bound in tables[table].bounds {
      var sum = builder.integer(bound.constant)
      for (variable, factor) in bound.factors.enumerated() where factor != 0 {
        let product = builder.element(.mul, try value(cell[variable]), builder.integer(factor))
        sum = builder.element(.add, sum, product)
      }
      result = try both(result, .value(builder.element(.ge, sum, builder.integer(0))))
    }
    return result
  }

  // MARK: One clause

  func clause(
    table: Int, span clauseSpan: Span, matching: () throws -> Item, body: () throws -> Item
  ) throws {
    let head = tables[table]
    builder = ClauseBuilder(variables: head.rank)
    accesses = []
    neededCells = []
    narrowed = [:]
    variables = head.binders.enumerated().map { axis, binder in
      IndexVariable(
        name: binder.declaration.name, span: binder.span, axis: axis, start: head.sizes[axis] == nil ? nil : Affine(0),
        end: head.sizes[axis].map { Affine($0) })
    }
    try scoped {
      builder.open()
      let (inequalities, condition) = try parts(matching())
      let match = Guard(inequalities: inequalities, steps: builder.close(), result: condition)
      let made = try body()
      guard let type = type(made) else { throw noScalar(made) }
      let isRecurrence: Bool = { if case .recurrence = definition.kind { true } else { false } }()
      if isRecurrence, type == .bool {
        throw problem(.wrongType(operation: "a cell", expected: "a number", found: "a boolean"))
      }
      var result = try value(made, as: isRecurrence ? width : type)
      if !isRecurrence, let narrow = narrowed[result] { result = narrow }
      try checkNeeded(table, match, clauseSpan)
      clauses.append(
        LoweredClause(
          table: table, match: match, builder: builder, result: result, variables: variables, accesses: accesses,
          span: clauseSpan))
    }
  }
}
