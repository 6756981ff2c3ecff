// Recurrences: `rec v[t < T, s < S], w[...] if c { v[0, s] = e; v[t, s] if d = e }`.
import Diagnostics

extension Parser {
  /// At `rec` in front of a name.
  mutating func recurrence() throws(Recovery) -> RecNode {
    let start = index
    advance()
    var tables: [RecNode.Table] = []
    var condition: Expr?
    let outer = mode
    mode = Mode(newlinesEnd: outer.newlinesEnd, isHead: true)
    defer { mode = outer }
    do throws(Recovery) {
      while true {
        let name = try declaredName("the name of a table")
        guard token.kind == .bracketOpen else { throw unexpected("`[` and the indices of the table") }
        tables.append(RecNode.Table(declaration: name, binders: try bracketedBinders()))
        guard accept(.comma) else { break }
      }
      if accept(.ifWord) { condition = try self.condition() }
    } catch {
      guard skipToBody() else { throw error }
    }
    guard token.kind == .braceOpen else {
      let help = token.kind == .comma ? "the tables share one condition, behind the last of them" : nil
      throw unexpected("`{` and the clauses of the recurrence", help: help)
    }
    mode = Mode()
    let clauses = self.clauses()
    return RecNode(tables: tables, condition: condition, clauses: clauses, span: span(from: start))
  }

  private mutating func clauses() -> [RecNode.Clause] {
    let opening = index
    let end = afterPartner(of: opening) - 1
    advance()
    var clauses: [RecNode.Clause] = []
    while index < end, diagnostics.count < Parser.maximumErrors {
      if accept(.semicolon) { continue }
      let start = index
      statementStart = start
      marks?.statements.insert(start)
      do throws(Recovery) {
        clauses.append(try clause())
        guard token.kind == .semicolon || index >= end || token.isFirstOnLine else {
          throw unexpected("a new line or `;` after this clause")
        }
      } catch {
        if index == start { skip() }
        while index < end, token.kind != .semicolon, !token.isFirstOnLine { skip() }
      }
    }
    jump(to: end + 1)
    return clauses
  }

  /// `v[t, s] = e`
  private mutating func clause() throws(Recovery) -> RecNode.Clause {
    let start = index
    let example = "a clause such as `v[i, j] = ...`"
    guard token.kind == .name else { throw unexpected(example) }
    let table = try declaredName(example)
    guard token.kind == .bracketOpen else {
      throw unexpected("`[` and the place in the table", help: "a recurrence holds clauses only: " + example)
    }
    let opening = index
    marks?.indices.insert(opening)
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    var positions: [Expr] = []
    do throws(Recovery) {
      while token.kind != .bracketClose {
        positions.append(try expression())
        guard accept(.comma) else { break }
      }
      try expect(.bracketClose, "`,` or `]`")
    } catch {
      _ = skipBracket(opening)
    }
    mode = outer
    var condition: Expr?
    if accept(.ifWord) { condition = try expression() }
    try expect(.assign, "`=` and the value of the cell")
    let body = try expression()
    if token.kind == .ifWord, !token.isFirstOnLine {
      throw report(
        Diagnostic(
          .foreignHabit(found: "the condition of a clause", instead: "before its `=`"), at: span(token),
          help: "`v[i, j] if i < j = e`; a choice between values is `if c { a } else { b }`"))
    }
    return RecNode.Clause(table: table, positions: positions, condition: condition, body: body, span: span(from: start))
  }
}
