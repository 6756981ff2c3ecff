// Binders of comprehensions, index notation and recurrences: `i`, `i < n`, `i <= n`, `k in a..b`, `[k, v] in items(r)`,
// separated by commas, each with `if` filters behind it.
import Diagnostics

extension Parser {
  /// After `for`, up to the bracket `closer` or a named argument (`sum(e for i, axis: 0)`).
  mutating func binders(until closer: TokenKind) throws(Recovery) -> [Binder] {
    var binders = [try binder()]
    while token.kind == .comma || token.kind == .forWord {
      if token.kind == .forWord {
        note("a second `for`", instead: "with a comma", span(token), help: "`[f(x, y) for x in xs, y in ys]`")
      } else {
        let isNamed = kind(at: index + 1) == .name && kind(at: index + 2) == .colon
        if isNamed || kind(at: index + 1) == closer { break }
      }
      advance()
      binders.append(try binder())
    }
    return binders
  }

  /// `[i < n, k]` behind the name of a table.
  mutating func bracketedBinders() throws(Recovery) -> [Binder] {
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    if token.kind == .bracketClose { throw unexpected("an index such as `i` or `i < n`") }
    let binders = try binders(until: .bracketClose)
    _ = accept(.comma)
    try expect(.bracketClose, "`,` or `]`")
    return binders
  }

  private mutating func binder() throws(Recovery) -> Binder {
    let start = index
    let declaration: Declaration
    let range: BinderRange
    if token.kind == .bracketOpen {
      let pattern = try pattern()
      declaration = Declaration("_", span(tokens[start]))
      try expect(.inWord, "`in` and what to go through")
      range = .destructured(pattern, try operators(.pipe))
    } else {
      guard token.kind == .name else {
        throw unexpected(
          "an index such as `i`, `i < n` or `k in a..b`",
          help: "a comprehension is the only positional argument of its call: bracket it as a list to add others")
      }
      declaration = try declaredName("an index")
      switch token.kind {
      case .less:
        advance()
        range = .below(try operators(.additive))
      case .lessEqual:
        advance()
        range = .upTo(try operators(.additive))
      case .inWord:
        advance()
        range = .sequence(try operators(.pipe))
      case .greater, .greaterEqual, .equal, .notEqual:
        throw unexpected(
          "`<`, `<=` or `in`", help: "an index counts up: `i < n`, `i <= n` or `i in a..b`; conditions follow `if`")
      default: range = .bare
      }
    }
    var filters: [Expr] = []
    while token.kind == .ifWord, !isAfterNewline {
      advance()
      filters.append(try operators(.pipe))
      if token.kind == .elseWord {
        throw unexpected(
          "`,` or the end of the comprehension", help: "a choice is written `if c { a } else { b }`, in front of `for`")
      }
    }
    return Binder(declaration, range, filters: filters, span: span(from: start))
  }
}
