// Operands: literals, names, strings with values, brackets, lists, `if` and `try` as expressions.
import Diagnostics

extension Parser {
  mutating func primary() throws(Recovery) -> Expr {
    let place = span(token)
    switch token.kind {
    case .name:
      defer { advance() }
      return leaf(.name(text(token)), place)
    case .int, .float:
      defer { advance() }
      return number()
    case .string:
      defer { advance() }
      return leaf(.string(stringText(token)), place)
    case .stringStart: return try interpolation()
    case .noneWord, .trueWord, .falseWord:
      let kind: ExprKind = token.kind == .noneWord ? .none : .bool(token.kind == .trueWord)
      advance()
      return leaf(kind, place)
    case .parenOpen: return try parenthesized()
    case .bracketOpen: return try list()
    case .braceOpen where isRecord(at: index): return try record()
    case .braceOpen where !mode.isHead:
      let block = try block("block")
      return try make(.block(block), block.span)
    case .ifWord: return try conditional()
    case .tryWord: return try tryExpression()
    case .fnWord: return try anonymousFunction()
    default:
      throw unexpected("an expression")
    }
  }

  // MARK: Literals

  private mutating func number() -> Expr {
    let place = span(token)
    // What is badly formed was reported by the lexer.
    if token.flags.contains(.unterminated) { return leaf(.int(0), place) }
    let digits = bytes[Int(token.start)..<Int(token.end)]
    if token.kind == .float {
      let value = NumberText.float(digits) ?? .infinity
      if value.isInfinite { tooLarge("64-bit number", "the largest is about 1.8e308; infinity is `inf`") }
      return leaf(.float(value), place)
    }
    guard let (value, isBits) = NumberText.magnitude(digits), isBits || value <= UInt64(Int.max) else {
      tooLarge("64-bit integer", "the largest is 9223372036854775807; write it with a point for a float")
      return leaf(.int(0), place)
    }
    return leaf(.int(Int(truncatingIfNeeded: value)), place)
  }

  private mutating func tooLarge(_ what: String, _ help: String) {
    _ = report(Diagnostic(.badNumber("`\(text(token))` does not fit in a \(what)"), at: span(token), help: help))
    lastErrorIndex = -1
  }

  /// The text of a string token, or of the part of a string that a token is.
  func stringText(_ token: Token) -> String {
    let quote = token.flags.contains(.triple) ? 3 : 1
    var start = Int(token.start)
    var end = Int(token.end)
    switch token.kind {
    case .string, .stringStart:
      start += (bytes[start] == UInt8(ascii: "r") ? 1 : 0) + quote
      end -= token.kind == .stringStart ? 1 : token.flags.contains(.unterminated) ? 0 : quote
    case .stringMiddle:
      start += 1
      end -= 1
    case .stringEnd:
      start += token.flags.contains(.synthetic) ? 0 : 1
      end -= token.flags.contains(.unterminated) || token.flags.contains(.synthetic) ? 0 : quote
    case .format: start += 1
    default: break
    }
    let content = bytes[min(start, bytes.count)..<min(max(start, end), bytes.count)]
    if token.flags.contains(.hasEscape), !token.flags.contains(.raw) { return StringText.decode(content) }
    return String(decoding: content, as: UTF8.self)
  }

  /// `"x is {x:.3f} and {y}"`
  private mutating func interpolation() throws(Recovery) -> Expr {
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    var parts: [StringPart] = []
    func add(_ text: String) {
      if !text.isEmpty { parts.append(.text(text)) }
    }
    add(stringText(token))
    while token.kind == .stringStart || token.kind == .stringMiddle {
      advance()
      do throws(Recovery) {
        let isEmpty = token.kind == .stringMiddle || token.kind == .stringEnd
        if isEmpty || token.kind == .format {
          throw unexpected("a value between `{` and `}`", help: "a brace as text is written `\\{`")
        }
        let value = try expression()
        var format = ""
        if token.kind == .format {
          format = stringText(token)
          advance()
        }
        guard token.kind == .stringMiddle || token.kind == .stringEnd else { throw unexpected("`}`") }
        parts.append(.value(value, format: format))
      } catch {
        skipValue(before: Int(tokens[opening].partner))
      }
      add(stringText(token))
    }
    advance()
    return try make(.interpolation(parts), span(from: opening))
  }

  /// To where the string goes on.
  private mutating func skipValue(before end: Int) {
    while index < end, token.kind != .stringMiddle {
      let isOpener = token.kind.closing != nil || token.kind == .stringStart
      jump(to: isOpener ? afterPartner(of: index) : index + 1)
    }
    if index > end { jump(to: end) }
  }

  // MARK: Brackets

  /// `(e)`. A function's parameters were recognised before.
  private mutating func parenthesized() throws(Recovery) -> Expr {
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    do throws(Recovery) {
      if token.kind == .parenClose {
        throw unexpected("an expression", help: "a function without parameters is written `() => e`")
      }
      let value = try expression()
      if token.kind == .comma { throw unexpected("`)`", help: "several values are a list: `[a, b]`") }
      if token.kind == .forWord {
        throw unexpected("`)`", help: "a comprehension is a list, `[e for x in xs]`, or the argument of a call")
      }
      try expect(.parenClose)
      return value
    } catch {
      return skipBracket(opening)
    }
  }

  /// After a mistake inside a bracket: go on behind it.
  mutating func skipBracket(_ opening: Int) -> Expr {
    jump(to: afterPartner(of: opening))
    return leaf(.error, span(from: opening))
  }

  /// `[1, ...xs]`, `[f(x) for x in xs if c]`
  private mutating func list() throws(Recovery) -> Expr {
    let opening = index
    let outer = mode
    mode = .brackets
    defer { mode = outer }
    advance()
    do throws(Recovery) {
      var items: [ListItem] = []
      while token.kind != .bracketClose {
        if accept(.ellipsis) {
          items.append(.spread(try expression()))
        } else {
          let value = try expression()
          if token.kind == .forWord, items.isEmpty {
            advance()
            let binders = try binders(until: .bracketClose)
            try expect(.bracketClose, "`,` or `]`")
            return try make(.listComprehension(value, binders), span(from: opening))
          }
          items.append(.value(value))
        }
        guard accept(.comma) else { break }
      }
      try expect(.bracketClose, "`,` or `]`")
      return try make(.list(items), span(from: opening))
    } catch {
      return skipBracket(opening)
    }
  }

  // MARK: if, try

  /// `if c { } else if d { } else { }`, in a loop: a chain may be long.
  private mutating func conditional() throws(Recovery) -> Expr {
    var arms: [(start: Int, condition: Expr, body: Block)] = []
    var last: Expr?
    let outer = mode
    defer { mode = outer }
    while true {
      let start = index
      advance()
      mode = Mode(newlinesEnd: outer.newlinesEnd, isHead: true)
      let test: Expr
      do throws(Recovery) {
        test = try condition()
      } catch {
        guard skipToBody() else { throw error }
        test = broken(span(token))
      }
      mode = outer
      let body = try block("`if`")
      arms.append((Int(tokens[start].start), test, body))
      if isWord("elif") {
        note("`elif`", instead: "`else if`", span(token))
        continue
      }
      guard token.kind == .elseWord else { break }
      advance()
      if token.kind == .ifWord { continue }
      let block = try block("`else`")
      last = try make(.block(block), block.span)
      break
    }
    for arm in arms.reversed() {
      let end = last?.span.end ?? arm.body.span.end
      last = try make(.ifElse(arm.condition, arm.body, last), Span(source, arm.start, end))
    }
    return last ?? broken(span(token))
  }

  /// `try { } catch e { }`
  private mutating func tryExpression() throws(Recovery) -> Expr {
    let start = index
    advance()
    let body = try block("`try`")
    guard token.kind == .catchWord else { throw unexpected("`catch` and what to do about an error") }
    advance()
    let name = token.kind == .name ? try declaredName("a name for the error") : nil
    let handler = try block("`catch`")
    return try make(.tryCatch(body, catchName: name, handler), span(from: start))
  }
}
