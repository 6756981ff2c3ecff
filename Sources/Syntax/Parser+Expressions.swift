// Expressions: functions (`x => e`), then one loop over the precedence table in `Operators.swift`. Chains of operators,
// of `^`, of `-` and of `not` are parsed in loops and not by recursion.
import Diagnostics

extension Parser {
  mutating func expression() throws(Recovery) -> Expr {
    try enter()
    defer { nesting -= 1 }
    return try unnestedExpression()
  }

  /// An expression that is no deeper than its surroundings: at the beginning of a statement.
  mutating func unnestedExpression() throws(Recovery) -> Expr {
    if let function = try lambda() { return function }
    return try operators(.pipe)
  }

  /// Operands and operators that bind at least as tightly as `minimum`.
  mutating func operators(_ minimum: Precedence) throws(Recovery) -> Expr {
    var left = token.kind == .notWord && minimum <= .not ? try not() : try negation()
    while let (precedence, action) = token.kind.infix, precedence >= minimum {
      if statementEndsHere { break }
      let sign = token
      switch action {
      case .pipe:
        advance()
        left = try pipe(left)
      case .or:
        if sign.kind == .bars { note("`||`", instead: "`or`", span(sign)) }
        advance()
        let right = try operators(.and)
        left = try make(.or(left, right), left.span.joined(to: right.span))
      case .and:
        if sign.kind == .ampersands { note("`&&`", instead: "`and`", span(sign)) }
        advance()
        let right = try operators(.not)
        left = try make(.and(left, right), left.span.joined(to: right.span))
      case .comparison:
        if sign.kind == .notWord, kind(at: index + 1) != .inWord { return left }
        left = try comparison(left)
      case .range: left = try range(from: left)
      case .binary(let operation):
        if sign.kind == .join, try isIncrement() { return left }
        if sign.kind == .floorSlash, sign.isFirstOnLine, skipsComment() { return left }
        advance()
        let right = try operators(precedence.tighter)
        left = try make(.binary(operation, left, right, operatorSpan: span(sign)), left.span.joined(to: right.span))
      }
    }
    return left
  }

  /// `not not a`
  private mutating func not() throws(Recovery) -> Expr {
    var signs: [Token] = []
    while token.kind == .notWord {
      signs.append(token)
      advance()
    }
    var value = try operators(.comparison)
    for sign in signs.reversed() {
      value = try make(.unary(.not, value), span(sign).joined(to: value.span))
    }
    return value
  }

  /// `a < b <= c not in d`
  private mutating func comparison(_ first: Expr) throws(Recovery) -> Expr {
    var operands = [first]
    var operations: [ComparisonOperator] = []
    while let (_, action) = token.kind.infix, case .comparison(let operation) = action, !statementEndsHere {
      let sign = token
      switch sign.kind {
      case .notWord:
        guard kind(at: index + 1) == .inWord else { break }
        advance()
      case .tripleEqual: note("`===`", instead: "`==`", span(sign))
      case .notTripleEqual, .unequal: note("`\(sign.kind.rawValue)`", instead: "`!=`", span(sign))
      default: break
      }
      if token.kind == .notWord { break }
      advance()
      operations.append(operation)
      operands.append(try operators(.range))
    }
    return try make(.comparison(operands, operations), first.span.joined(to: operands[operands.count - 1].span))
  }

  /// `a..b by s`; directly inside index brackets the end may be missing.
  private mutating func range(from left: Expr) throws(Recovery) -> Expr {
    let start = left.span
    let sign = token
    if sign.kind == .halfOpenRange { note("`..<`", instead: "`..`", span(sign), help: "`0..n` leaves n out") }
    advance()
    let (end, step) = try rangeEnd()
    if end == nil, !mode.isIndex {
      throw unexpected("the end of the range", help: "a range without an end stands in index brackets only")
    }
    let range = try make(.range(left, end, by: step), span(start, to: index))
    if token.kind == .range {
      throw unexpected("the end of the range", help: "a range with a step is written `a..b by s`")
    }
    return range
  }

  /// After `..`: the end, if there is one, and the step.
  mutating func rangeEnd() throws(Recovery) -> (end: Expr?, step: Expr?) {
    var end: Expr?
    if !isStep(mayBeName: true), token.kind.beginsExpression, !isAfterNewline || !mode.isIndex {
      end = try operators(.additive)
    }
    guard isStep(mayBeName: false), !isAfterNewline else { return (end, nil) }
    advance()
    return (end, try operators(.additive))
  }

  /// At `by`. Directly behind `..` it may also be a name: it is the word if an operand stands behind it.
  private func isStep(mayBeName: Bool) -> Bool {
    guard isWord("by") else { return false }
    guard mayBeName else { return true }
    switch kind(at: index + 1) {
    case .int, .float, .name, .parenOpen: return true
    default: return false
    }
  }

  func span(_ start: Span, to index: Int) -> Span {
    Span(source, start.start, index > 0 ? max(start.end, Int(tokens[index - 1].end)) : start.end)
  }

  /// `x |> f(a)` is `f(x, a)`, `x |> f` is `f(x)`.
  private mutating func pipe(_ left: Expr) throws(Recovery) -> Expr {
    let opening = index
    let right: Expr
    if let function = try lambda() { right = function } else { right = try operators(.or) }
    let isBracketed = tokens[opening].kind == .parenOpen && afterPartner(of: opening) == index
    let argument = Argument(name: nil, nameSpan: nil, value: left)
    let span = left.span.joined(to: right.span)
    guard case .call(let callee, let arguments) = right.kind, !isBracketed else {
      return try make(.call(right, [argument]), span)
    }
    if let first = arguments.first, case .comprehension = first.value.kind {
      throw report(Diagnostic(.misplacedComprehension, at: first.value.span))
    }
    return try make(.call(callee, [argument] + arguments), span)
  }

  // MARK: Unary minus and powers

  /// `-a ^ -b ^ c` is `-(a ^ -(b ^ c))`.
  private mutating func negation() throws(Recovery) -> Expr {
    var operands: [Expr] = []
    var signs: [[Token]] = []
    var powers: [Token] = []
    while true {
      var before: [Token] = []
      while token.kind == .minus || token.kind == .exclamation {
        if token.kind == .exclamation { note("`!`", instead: "`not`", span(token)) }
        before.append(token)
        advance()
      }
      if let sign = before.last, let smallest = smallestInteger(sign) {
        before.removeLast()
        operands.append(smallest)
      } else {
        operands.append(try postfix())
      }
      signs.append(before)
      guard token.kind == .caret || token.kind == .starStar else { break }
      if token.kind == .starStar { note("a power with `**`", instead: "`^`", span(token)) }
      powers.append(token)
      advance()
    }
    var value = try negated(operands[operands.count - 1], signs[operands.count - 1])
    for position in powers.indices.reversed() {
      let base = operands[position]
      let sign = powers[position]
      let kind = ExprKind.binary(.power, base, value, operatorSpan: span(sign))
      value = try negated(try make(kind, base.span.joined(to: value.span)), signs[position])
    }
    return value
  }

  private mutating func negated(_ value: Expr, _ signs: [Token]) throws(Recovery) -> Expr {
    var value = value
    for sign in signs.reversed() {
      let operation: UnaryOperator = sign.kind == .minus ? .negate : .not
      value = try make(.unary(operation, value), span(sign).joined(to: value.span))
    }
    return value
  }

  /// -9223372036854775808, whose digits alone don't fit.
  private mutating func smallestInteger(_ sign: Token) -> Expr? {
    guard token.kind == .int, let (value, isBits) = NumberText.magnitude(bytes[Int(token.start)..<Int(token.end)]),
      value == 1 << 63, !isBits, sign.kind == .minus
    else { return nil }
    let place = span(sign).joined(to: span(token))
    advance()
    return leaf(.int(.min), place)
  }
}
