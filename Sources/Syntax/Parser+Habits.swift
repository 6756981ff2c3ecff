// Hints for what other languages write. Where the meaning is clear the habit is reported (`note`) and read as ours at the
// place that meets it; here are those that only show when nothing of ours fits.
import Diagnostics

extension Parser {
  /// Words that begin a statement elsewhere: what they are written as here. Only tried where a name, an opening
  /// bracket or a literal follows on the same line.
  private static let foreignStatements: [(word: StaticString, instead: String, help: String)] = [
    ("def", "`fn`", "fn f(a, b = 2) { ... }, or fn f(a) = e"),
    ("func", "`fn`", "fn f(a, b = 2) { ... }, or fn f(a) = e"),
    ("function", "`fn`", "fn f(a, b = 2) { ... }, or fn f(a) = e"),
    ("const", "`let`", "`let x = e`, or `var x = e` for what changes"),
    ("local", "`let`", "`let x = e`, or `var x = e` for what changes"),
    ("from", "`import`", "`import nn`, and then `nn.linear`"),
    (
      "class", "with records and functions",
      "a record holds fields, and functions as values: `{init: rng => ..., apply: (p, x) => ...}`"
    ),
    ("elif", "`else if`", "`else if c { ... }` follows the `}` of the `if`"),
    ("del", "with `without`", "`without(r, k)` is the record without a key"),
    ("raise", "with `fail`", "`fail(\"message\")`"),
    ("throw", "with `fail`", "`fail(\"message\")`"),
    ("with", "with blocks", "nothing needs closing here"),
  ]

  /// At the beginning of a statement, at a name with something behind it on the line.
  mutating func statementHabit() throws(Recovery) -> StatementKind? {
    let next = kind(at: index + 1)
    guard next == .name || next == .braceOpen || next == .int || next == .string || next == .stringStart else {
      return nil
    }
    for habit in Parser.foreignStatements where isWord(habit.word) {
      if habit.instead == "`fn`", next == .name {
        note("`\(habit.word)`", instead: "`fn`", span(token), help: habit.help)
        return .function(try function())
      }
      throw report(
        Diagnostic(
          .foreignHabit(found: "`\(habit.word)`", instead: habit.instead), at: span(token), help: habit.help))
    }
    return nil
  }

  /// What the current token, which fits nowhere, was probably meant as.
  mutating func habit() -> Diagnostic? {
    let place = span(token)
    func hint(_ found: String, _ instead: String, _ help: String? = nil) -> Diagnostic {
      Diagnostic(.foreignHabit(found: found, instead: instead), at: place, help: help)
    }
    let before = index > 0 ? tokens[index - 1] : token
    if let comment = comment() { return comment }
    let follows = index > 0 && !token.isFirstOnLine && endsOperand(before.kind)
    switch token.kind {
    case .ifWord where follows: return hint("`a if c else b`", "`if c { a } else { b }`")
    case .question: return hint("`c ? a : b`", "`if c { a } else { b }`")
    case .walrus: return hint("`:=`", "`let x = e`", "an assignment is a statement of its own")
    case .ampersand: return hint("`&`", "`and`", "on boolean tensors `and` works elementwise")
    case .bar: return hint("`|`", "`or`, or `|>` for a pipeline", "on boolean tensors `or` works elementwise")
    case .tilde: return hint("`~`", "`not`", "on boolean tensors `not` works elementwise")
    case .exclamation: return hint("`!`", "`not`")
    case .notWord where !follows:
      return Diagnostic(
        .unexpectedToken(found: "`not`", expected: "an operand"), at: place, help: "bracket it: `a == (not b)`")
    case .colon where follows && statementStart == index - 1 && mode.newlinesEnd:
      return Diagnostic(
        .unexpectedToken(found: "`:`", expected: "a statement"), at: place,
        help: "`{` opens a block here; a function whose result is a record is written `fn f() = {a: 1}`")
    case .resultArrow: return hint("a function with `->`", "`x => e`", "`->` stands in front of the shape of a result")
    case .join where !follows: return hint("`++x`", "`x += 1`")
    case .plus where !follows: return hint("a number with `+` in front", "without it")
    case .ellipsis where follows: return hint("a range with `...`", "`a..b`", "`a..b` leaves b out")
    case .elseWord:
      return Diagnostic(
        .unexpectedToken(found: "`else` without an `if`", expected: "a statement"), at: place,
        help: "`else` follows the `}` of its `if`")
    case .catchWord:
      return Diagnostic(
        .unexpectedToken(found: "`catch` without a `try`", expected: "a statement"), at: place,
        help: "`catch` follows the `}` of its `try`")
    case .name where follows && isWord("is"): return hint("`is`", "`==`", "`same(a, b)` compares whole values")
    case .name where follows && isWord("then"): return hint("`then`", "`{ ... }`", "if c { a } else { b }")
    case .name where follows && isWord("do"): return hint("`do`", "`{ ... }`", "while c { ... }")
    case .name, .int, .float, .string, .stringStart:
      guard follows, before.kind == .name, mode.newlinesEnd, !mode.isHead, index < 2 || tokens[index - 1].isFirstOnLine
      else {
        return nil
      }
      return hint("a call without brackets", "`\(text(before))(...)`")
    default: return nil
    }
  }

  /// `// text` or `/* text` at the beginning of a line.
  private mutating func comment() -> Diagnostic? {
    var first = index
    while first > 0, !tokens[first].isFirstOnLine { first -= 1 }
    let start = tokens[first]
    let isSlashes = start.kind == .floorSlash
    let isBlock = start.kind == .slash && kind(at: first + 1) == .star && tokens[first + 1].start == start.end
    guard isSlashes || isBlock, start.isFirstOnLine || first == 0 else { return nil }
    let end = isBlock ? Int(start.end) + 1 : Int(start.end)
    return Diagnostic(
      .foreignHabit(found: "a comment with `\(isSlashes ? "//" : "/*")`", instead: "with `#`"),
      at: Span(source, Int(start.start), end))
  }

  /// At `//` where a line begins: passes over the line if words follow that can't be an operand.
  mutating func skipsComment() -> Bool {
    guard kind(at: index + 1) == .name, kind(at: index + 2) == .name, !tokens[index + 1].isFirstOnLine,
      !tokens[index + 2].isFirstOnLine
    else { return false }
    note("a comment with `//`", instead: "with `#`", span(token))
    repeat { skip() } while !token.isFirstOnLine && token.kind.opening == nil && token.kind != .end
    return true
  }

  private func endsOperand(_ kind: TokenKind) -> Bool {
    switch kind {
    case .name, .int, .float, .string, .stringEnd, .parenClose, .bracketClose, .braceClose, .noneWord, .trueWord,
      .falseWord:
      true
    default: false
    }
  }

  /// At `++` behind an operand: `x++` at the end of a statement.
  mutating func isIncrement() throws(Recovery) -> Bool {
    guard index > 0, tokens[index - 1].end == token.start, index + 1 < tokens.count else { return false }
    let next = tokens[index + 1]
    guard next.isFirstOnLine || next.kind == .semicolon || next.kind.opening != nil || next.kind == .end else {
      return false
    }
    let name = text(tokens[index - 1])
    note("`\(name)++`", instead: "`\(name) += 1`", span(token))
    advance()
    return true
  }
}
