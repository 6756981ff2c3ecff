// Index notation and recurrences: binders are names inside the body; the tables of a `rec` are names in its clauses and
// behind it. A clause belongs to one table and sees that table's indices.
import Diagnostics
import Syntax

extension Resolver {
  mutating func defineIndexed(_ name: Declaration, _ binders: [Binder], _ value: Expr) {
    inScope { resolver in
      resolver.binders(binders)
      resolver.expression(value)
    }
    declare(name, .letName)
  }

  mutating func recurrence(_ node: RecNode) {
    var heads: [Scope] = []
    for table in node.tables {
      inScope { resolver in
        resolver.binders(table.binders)
        heads.append(resolver.scopes[resolver.scopes.count - 1])
      }
    }
    for table in node.tables { declare(table.declaration, .letName).isTable = true }
    if let condition = node.condition, let head = heads.first { within(head) { $0.expression(condition) } }
    for clause in node.clauses {
      guard let position = node.tables.firstIndex(where: { $0.declaration.name == clause.table.name }) else {
        let names = node.tables.map(\.declaration.name)
        report(
          .unknownName(clause.table.name, near: Suggest.near(clause.table.name, among: names)), clause.table.span,
          help: "a clause defines a table of this `rec`: \(names.map { "`\($0)`" }.joined(separator: ", "))")
        continue
      }
      let table = node.tables[position]
      clause.table.binding = table.declaration.binding
      check(clause, of: table)
      within(heads[position]) { resolver in
        for place in clause.positions { resolver.expression(place) }
        if let condition = clause.condition { resolver.expression(condition) }
        resolver.expression(clause.body)
      }
    }
  }

  private mutating func within(_ scope: Scope, _ body: (inout Resolver) -> Void) {
    scopes.append(scope)
    body(&self)
    scopes.removeLast()
  }

  private mutating func check(_ clause: RecNode.Clause, of table: RecNode.Table) {
    let wanted = table.binders.count
    if clause.positions.count != wanted {
      report(
        .wrongArity(
          function: table.declaration.name, expected: wanted == 1 ? "1 index" : "\(wanted) indices",
          found: clause.positions.count), clause.table.span,
        labels: [Diagnostic.Label(table.declaration.span, "declared here")])
    }
    for place in clause.positions {
      guard case .unary(.negate, let digits) = place.kind, case .int = digits.kind else { continue }
      report(
        .badValue(operation: "`rec`", detail: "a table has no cells before 0"), place.span,
        help: "shift the table by one: `i <= n` has room for a first cell")
    }
  }
}
