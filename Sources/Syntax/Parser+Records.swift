// Records: `{a: 1, "any key": 2, [e]: 3, ...r}`. In an expression `{` opens one if `}`, `...` or a key and `:` follow; in
// the head of `if while for rec` too, but only where an operand must stand: behind an operand it opens the body.
import Diagnostics

extension Parser {
  /// What the `{` at `position` opens, in an expression.
  func isRecord(at position: Int) -> Bool {
    let first = position + 1
    switch kind(at: first) {
    case .braceClose, .ellipsis: return true
    case .bracketOpen, .stringStart: return kind(at: afterPartner(of: first)) == .colon
    case .minus: return kind(at: first + 2) == .colon
    case .name, .string, .int, .float: return kind(at: first + 1) == .colon
    case let other: return other.isKeyword && kind(at: first + 1) == .colon
    }
  }

  mutating func record() throws(Recovery) -> Expr {
    let opening = index
    marks?.records.insert(opening)
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    var items: [RecordItem] = []
    do throws(Recovery) {
      while token.kind != .braceClose {
        items.append(try recordItem())
        guard accept(.comma) else { break }
      }
      try expect(.braceClose, "`,` or `}`")
    } catch {
      return skipBracket(opening)
    }
    return try make(.record(items), span(from: opening))
  }

  private mutating func recordItem() throws(Recovery) -> RecordItem {
    if accept(.ellipsis) { return .spread(try expression()) }
    let key: Expr
    switch token.kind {
    case .name:
      if kind(at: index + 1) == .comma || kind(at: index + 1) == .braceClose {
        let name = text(token)
        advance()
        throw unexpected("`:` and a value", help: "a field named like its value is written `\(name): \(name)`")
      }
      key = leaf(.string(text(token)), span(token))
      advance()
    case .bracketOpen:
      let opening = index
      advance()
      var computed: Expr
      do throws(Recovery) {
        computed = try expression()
        try expect(.bracketClose)
      } catch {
        computed = skipBracket(opening)
      }
      key = computed
    case .string, .stringStart, .int, .float: key = try primary()
    case .minus: key = try operators(.negation)
    case .noneWord, .trueWord, .falseWord:
      // As a value, like a number; in brackets too.
      key = try primary()
    default:
      guard token.kind.isKeyword else { throw unexpected("a key, or `}`") }
      key = leaf(.string(token.kind.rawValue), span(token))
      advance()
    }
    if token.kind == .assign {
      note("a field with `=`", instead: "with `:`", span(token))
    } else if token.kind != .colon {
      throw unexpected("`:` and the value of the key")
    }
    advance()
    return .field(key: key, value: try expression())
  }
}
