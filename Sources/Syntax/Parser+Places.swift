// Statements that begin with an expression: the expression alone, `x = e`, `[a, b] = e`, `p.w[i] += e`. What stands in
// front of `=` is parsed as an expression and then turned into a place.
import Diagnostics

extension Parser {
  mutating func expressionStatement() throws(Recovery) -> StatementKind {
    let value = try unnestedExpression()
    if token.kind == .assign {
      let target = try target(value)
      advance()
      let assigned = try expression()
      if token.kind == .assign {
        throw unexpected("a new line or `;` after this statement", help: "one assignment a statement: write two")
      }
      return .assign(target, assigned)
    }
    if token.kind == .walrus, case .name(let name) = value.kind {
      note("`:=`", instead: "`let x = e`, or `x = e` for a `var`,", span(token))
      advance()
      return .declare(.name(Declaration(name, value.span)), mutable: false, nil, try expression(), documentation: nil)
    }
    if let action = token.kind.compoundAssignment {
      let operatorSpan = span(token)
      if token.kind == .starStarAssign { note("`**=`", instead: "`^=`", operatorSpan) }
      let place = try place(value)
      advance()
      return .compoundAssign(place, action, try expression(), operatorSpan: operatorSpan)
    }
    return .expression(value)
  }

  private mutating func target(_ value: Expr) throws(Recovery) -> AssignTarget {
    switch value.kind {
    case .name("_"): return .ignore(value.span)
    case .list(let items):
      var targets: [AssignTarget] = []
      for item in items {
        guard case .value(let inner) = item else { throw notAPlace(value) }
        targets.append(try target(inner))
      }
      return .list(targets, value.span)
    default: return .place(try place(value))
    }
  }

  private mutating func place(_ value: Expr) throws(Recovery) -> Place {
    var steps: [PlaceStep] = []
    var current = value
    while true {
      switch current.kind {
      case .name:
        return Place(root: current, steps: steps.reversed(), span: value.span)
      case .field(let base, let name, let nameSpan):
        steps.append(.field(name, nameSpan))
        current = base
      case .index(let base, let items):
        steps.append(.index(items, Span(source, base.span.end, current.span.end)))
        current = base
      default: throw notAPlace(value)
      }
    }
  }

  private mutating func notAPlace(_ value: Expr) -> Recovery {
    var help: String?
    switch value.kind {
    case .call(let callee, _):
      if case .name(let name) = callee.kind { help = "a function is defined with `fn \(name)(...) = ...`" }
    case .comparison, .and, .or: help = "to compare, write `==`"
    case .error: return Recovery()
    default: break
    }
    let found = Diagnostic(
      .unexpectedToken(
        found: "an expression", expected: "a name, a field or an element in front of `\(token.kind.rawValue)`"),
      at: value.span, help: help)
    return report(found)
  }
}
