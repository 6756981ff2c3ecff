// What stands behind an operand: calls, indices, fields. A `(` or `[` on a new line begins a new statement, a `.` goes on.
import Diagnostics

extension Parser {
  mutating func postfix() throws(Recovery) -> Expr {
    var value = try primary()
    while true {
      switch token.kind {
      case .parenOpen where !isAfterNewline: value = try call(value)
      case .bracketOpen where !isAfterNewline: value = try index(value)
      case .dot: value = try field(value)
      default: return value
      }
    }
  }

  private mutating func field(_ base: Expr) throws(Recovery) -> Expr {
    advance()
    guard token.kind == .name || token.kind.isKeyword, !isAfterNewline else {
      throw unexpected(
        "the name of a field", help: token.kind == .int ? "an element is taken with `[\(text(token))]`" : nil)
    }
    let name = text(token)
    let nameSpan = span(token)
    advance()
    return try make(.field(base, name, nameSpan: nameSpan), base.span.joined(to: nameSpan))
  }

  /// `f(a, b: 3)`, `sum(e for i < n, axis: 0)`
  private mutating func call(_ callee: Expr) throws(Recovery) -> Expr {
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    var arguments: [Argument] = []
    do throws(Recovery) {
      while token.kind != .parenClose {
        arguments.append(try argument())
        guard accept(.comma) else { break }
      }
      try expect(.parenClose, "`,` or `)`")
    } catch {
      _ = skipBracket(opening)
      return leaf(.error, span(callee.span, to: index))
    }
    let positional = arguments.filter { $0.name == nil }
    if positional.count > 1 {
      for case .comprehension in positional.map(\.value.kind) {
        let place = positional.first { if case .comprehension = $0.value.kind { true } else { false } }?.value.span
        _ = report(Diagnostic(.misplacedComprehension, at: place))
        lastErrorIndex = -1
        break
      }
    }
    return try make(.call(callee, arguments), span(callee.span, to: index))
  }

  private mutating func argument() throws(Recovery) -> Argument {
    if token.kind == .name, kind(at: index + 1) == .colon {
      let name = text(token)
      let nameSpan = span(token)
      advance()
      advance()
      return Argument(name: name, nameSpan: nameSpan, value: try expression())
    }
    if token.kind == .ellipsis {
      throw unexpected("an argument", help: "a list can't be spread over arguments; pass the list")
    }
    let value = try expression()
    if token.kind == .assign, case .name(let name) = value.kind {
      note("a named argument with `=`", instead: "with `:`", span(token), help: "write `\(name): ...`")
      advance()
      return Argument(name: name, nameSpan: value.span, value: try expression())
    }
    guard token.kind == .forWord else { return Argument(name: nil, nameSpan: nil, value: value) }
    advance()
    let binders = try binders(until: .parenClose)
    let span = span(value.span, to: index)
    return Argument(name: nil, nameSpan: nil, value: try make(.comprehension(value, binders), span))
  }

  // MARK: Indices

  private mutating func index(_ base: Expr) throws(Recovery) -> Expr {
    let opening = index
    marks?.indices.insert(opening)
    let items: [IndexItem]
    do throws(Recovery) {
      items = try indexItems()
    } catch {
      _ = skipBracket(opening)
      return leaf(.error, span(base.span, to: index))
    }
    return try make(.index(base, items), span(base.span, to: index))
  }

  /// `[0, 1..3, :, none, ...]`
  private mutating func indexItems() throws(Recovery) -> [IndexItem] {
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    var items: [IndexItem] = []
    if token.kind == .bracketClose { throw unexpected("an index") }
    while token.kind != .bracketClose {
      mode.isIndex = true
      items.append(try indexItem())
      guard accept(.comma) else { break }
    }
    try expect(.bracketClose, "`,` or `]`")
    return items
  }

  private mutating func indexItem() throws(Recovery) -> IndexItem {
    let start = index
    switch token.kind {
    case .ellipsis:
      advance()
      return .ellipsis(span(from: start))
    case .colon:
      advance()
      if token.kind != .comma, token.kind != .bracketClose { return try foreignSlice(nil, start) }
      return .slice(nil, nil, by: nil, span: span(from: start))
    case .range:
      advance()
      let (end, step) = try rangeEnd()
      return .slice(nil, end, by: step, span: span(from: start))
    default: break
    }
    let value = try expression()
    if token.kind == .colon {
      advance()
      return try foreignSlice(value, start)
    }
    switch value.kind {
    case .range(let from, let end, let step): return .slice(from, end, by: step, span: value.span)
    case .none: return .newAxis(value.span)
    default: return .value(value)
    }
  }

  /// `x[1:3]`, read as `x[1..3]`.
  private mutating func foreignSlice(_ from: Expr?, _ start: Int) throws(Recovery) -> IndexItem {
    let isOpen = token.kind == .comma || token.kind == .bracketClose || token.kind == .colon
    let end = isOpen ? nil : try expression()
    let step = accept(.colon) && token.kind != .comma && token.kind != .bracketClose ? try expression() : nil
    let place = span(from: start)
    func text(_ part: Expr?) -> String {
      part.map { String(decoding: bytes[$0.span.start..<$0.span.end], as: UTF8.self) } ?? ""
    }
    let ours = text(from) + ".." + text(end) + (step == nil ? "" : " by " + text(step))
    note("a slice with `:`", instead: "with `..`", place, help: "write `\(ours)`")
    return .slice(from, end, by: step, span: place)
  }
}
