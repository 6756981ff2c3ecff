// Statements and blocks. A newline or `;` ends a statement; a statement that fails is left at the next token that begins
// a line and a statement, inside the same brackets.
import Diagnostics

extension Parser {
  /// Up to the `}` of the block or the end of the file (or the token at `limit`), which is not consumed.
  mutating func statements(until limit: Int = .max) -> [Statement] {
    var statements: [Statement] = []
    while token.kind != .end, token.kind != .braceClose, index < limit, diagnostics.count < Parser.maximumErrors {
      if accept(.semicolon) { continue }
      let start = index
      statementStart = start
      do throws(Recovery) {
        if let last = statements.last { try checkIndentation(against: last) }
        statements.append(try statement())
        try endOfStatement()
      } catch {
        synchronise(from: start)
        if statements.last.map({ $0.span.start < Int(tokens[start].start) }) ?? true, let names = brokenDeclaration(start) {
          statements.append(names)
        }
      }
    }
    return statements
  }

  /// The names that a failed `let`, `var`, `fn`, `param` or `rec` would have declared, so that their uses are no mistakes.
  private func brokenDeclaration(_ start: Int) -> Statement? {
    let first = tokens[start].kind
    let isContextual = isWord("param", at: start) || isWord("rec", at: start)
    guard first == .letWord || first == .varWord || first == .fnWord || isContextual else { return nil }
    let place = span(tokens[start])
    var names: [Pattern] = []
    let isList = kind(at: start + 1) == .bracketOpen
    let end = isList ? afterPartner(of: start + 1) : start + 2
    for token in tokens[min(start + 1, end)..<min(end, tokens.count)] where token.kind == .name && text(token) != "_" {
      names.append(.name(Declaration(text(token), span(token))))
    }
    guard let first = names.first else { return nil }
    let pattern = names.count == 1 ? first : .list(names, place)
    let isMutable = tokens[start].kind == .varWord
    return Statement(.declare(pattern, mutable: isMutable, nil, broken(place), documentation: nil), place)
  }

  private mutating func endOfStatement() throws(Recovery) {
    if token.kind == .semicolon || token.kind == .braceClose || token.kind == .end || token.isFirstOnLine { return }
    throw unexpected("a new line or `;` after this statement")
  }

  /// To the next statement of the block.
  private mutating func synchronise(from start: Int) {
    if index == start, token.kind != .end { skip() }
    while token.kind != .end, token.kind != .braceClose, token.kind != .semicolon {
      if token.isFirstOnLine, token.kind.beginsStatement, index > start { return }
      skip()
    }
  }

  /// Over one token, or over a bracket with all that is in it.
  mutating func skip() {
    let isOpener = token.kind.closing != nil || token.kind == .stringStart
    jump(to: isOpener ? afterPartner(of: index) : index + 1)
  }

  /// A line that is indented deeper than the statement above and begins with `-`, `(` or `[` was meant to go on with it.
  private mutating func checkIndentation(against last: Statement) throws(Recovery) {
    guard token.isFirstOnLine, token.kind == .minus || token.kind == .parenOpen || token.kind == .bracketOpen else { return }
    guard column(Int(token.start)) > column(last.span.start), isFirstOnLine(last.span.start) else { return }
    let sign = token.kind.rawValue
    throw report(
      Diagnostic(
        .unexpectedToken(found: "an indented line that begins with `\(sign)`", expected: "a new statement"), at: span(token),
        help: "a newline ended the statement above; to go on with it, end its line with the operator, or bracket it all"))
  }

  private func column(_ offset: Int) -> Int { source.location(offset).column }

  private func isFirstOnLine(_ offset: Int) -> Bool {
    let start = source.lineStarts[source.line(of: offset) - 1]
    return bytes[start..<offset].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  /// `{ ... }`, where a block is the only thing that can stand.
  mutating func block(_ of: String) throws(Recovery) -> Block {
    try enter()
    defer { nesting -= 1 }
    let opening = index
    let outer = mode
    mode = Mode()
    defer { mode = outer }
    let body: [Statement]
    if token.kind == .colon {
      body = indentedBlock()
    } else {
      guard token.kind == .braceOpen else { throw unexpected("`{` and the body of the \(of)") }
      advance()
      body = statements()
      jump(to: afterPartner(of: opening))
    }
    let block = Block(body, span(from: opening))
    block.height = body.reduce(0) { max($0, $1.height) } + 1
    return block
  }

  /// At a `:` in place of a `{`, a habit: the rest of the line, or the lines below that are indented deeper.
  private mutating func indentedBlock() -> [Statement] {
    note("a block after `:`", instead: "in braces, `{ ... }`,", span(token))
    var first = index
    while first > 0, !tokens[first].isFirstOnLine { first -= 1 }
    let outer = column(Int(tokens[first].start))
    advance()
    let isBelow = token.isFirstOnLine
    var limit = index
    while limit < tokens.count - 1, tokens[limit].kind.opening == nil {
      if limit > index || isBelow, tokens[limit].isFirstOnLine, !isBelow || column(Int(tokens[limit].start)) <= outer { break }
      limit = tokens[limit].kind.closing == nil ? limit + 1 : max(limit + 1, afterPartner(of: limit))
    }
    return limit > index ? statements(until: limit) : []
  }

  /// The head of a statement, and its body even if the head is wrong, so that mistakes in the body are found too.
  private mutating func head<T>(
    _ parse: (inout Parser) throws(Recovery) -> T
  ) throws(Recovery) -> T? {
    let outer = mode
    mode = Mode(newlinesEnd: mode.newlinesEnd, isHead: true)
    defer { mode = outer }
    do throws(Recovery) {
      return try parse(&self)
    } catch {
      guard skipToBody() else { throw error }
      return nil
    }
  }

  /// To the `{` that opens the body of a broken head, on the same line.
  mutating func skipToBody() -> Bool {
    while token.kind != .braceOpen {
      if token.kind == .end || token.kind == .semicolon || token.kind.opening != nil || token.isFirstOnLine { return false }
      skip()
    }
    return true
  }

  private mutating func statement() throws(Recovery) -> Statement {
    let start = index
    let kind = try statementKind()
    let statement = Statement(kind, span(from: start))
    statement.height = kind.childrenHeight + 1
    return statement
  }

  private mutating func statementKind() throws(Recovery) -> StatementKind {
    switch token.kind {
    case .letWord, .varWord: return try declaration()
    case .fnWord:
      if kind(at: index + 1) == .name { return .function(try function()) }
    case .whileWord:
      advance()
      let condition = try head { parser throws(Recovery) in try parser.condition() }
      let body = try block("loop")
      return .whileLoop(condition ?? broken(body.span), body)
    case .forWord: return try forLoop()
    case .breakWord:
      advance()
      return .breakLoop
    case .continueWord:
      advance()
      return .continueLoop
    case .returnWord:
      advance()
      let hasValue = !isAfterNewline && token.kind != .semicolon && token.kind != .braceClose && token.kind != .end
      return .returnValue(hasValue ? try expression() : nil)
    case .assertWord:
      advance()
      let condition = try condition()
      return .assert(condition, message: accept(.comma) ? try expression() : nil)
    case .importWord: return try importStatement()
    case .name:
      if let statement = try contextualStatement() { return statement }
    default: break
    }
    return try expressionStatement()
  }

  /// `param`, `test` and `rec` begin a statement only when a name (a string) follows on the same line.
  private mutating func contextualStatement() throws(Recovery) -> StatementKind? {
    let next = index + 1
    guard continuesLine(next) else { return nil }
    switch kind(at: next) {
    case .name:
      if isWord("param") { return try paramStatement() }
      if isWord("rec") { return .rec(try recurrence()) }
    case .string, .stringStart:
      if isWord("test") { return try testStatement() }
    default: break
    }
    return try statementHabit()
  }

  // MARK: The kinds

  /// `let p = e`, `var [a, b]: shape = e`, `let c[i, k] = e`
  private mutating func declaration() throws(Recovery) -> StatementKind {
    let start = token
    let documentation = documentation(before: token.start)
    let isMutable = token.kind == .varWord
    advance()
    if token.kind == .name, kind(at: index + 1) == .bracketOpen, continuesLine(index + 1) {
      if isMutable {
        note("`var` with index notation", instead: "`let`", span(start), help: "a table is defined once: `let c[i, k] = ...`")
      }
      let name = try declaredName("a name")
      let binders = try bracketedBinders()
      try expect(.assign, "`=` and the value of an element")
      return .defineIndexed(name, binders, try expression())
    }
    let pattern = try pattern()
    if token.kind == .comma, case .name = pattern, kind(at: index + 1) == .name {
      throw unexpected("`=` and a value", help: "several names are taken from a list: `let [a, b] = ...`")
    }
    let shape = accept(.colon) ? try self.shape() : nil
    let missing = "`=` and a value"
    try expect(.assign, missing)
    return .declare(pattern, mutable: isMutable, shape, try expression(), documentation: documentation)
  }

  /// `a`, `_`, `[a, [b, _]]`
  mutating func pattern() throws(Recovery) -> Pattern {
    if token.kind == .bracketOpen {
      try enter()
      defer { nesting -= 1 }
      let opening = index
      let outer = mode
      mode = .brackets
      defer { mode = outer }
      advance()
      var items: [Pattern] = []
      while token.kind != .bracketClose {
        items.append(try pattern())
        guard accept(.comma) else { break }
      }
      try expect(.bracketClose, "`,` or `]`")
      return .list(items, span(from: opening))
    }
    if isWord("_") {
      defer { advance() }
      return .ignore(span(token))
    }
    return .name(try declaredName("a name, or names in `[ ]`"))
  }

  mutating func declaredName(_ expected: String) throws(Recovery) -> Declaration {
    guard token.kind == .name else {
      throw unexpected(
        expected, help: token.kind.isKeyword ? "`\(token.kind.rawValue)` is a word of the language; take another name" : nil)
    }
    let declaration = Declaration(text(token), span(token))
    advance()
    return declaration
  }

  private mutating func forLoop() throws(Recovery) -> StatementKind {
    advance()
    let parts = try head { parser throws(Recovery) in
      let pattern = try parser.pattern()
      try parser.expect(.inWord, "`in` and what to go through")
      return (pattern, try parser.expression())
    }
    let body = try block("loop")
    return .forLoop(parts?.0 ?? .ignore(body.span), parts?.1 ?? broken(body.span), body)
  }

  /// A condition; `=` in it was meant as `==`.
  mutating func condition() throws(Recovery) -> Expr {
    let value = try expression()
    guard token.kind == .assign else { return value }
    note("`=` in a condition", instead: "`==`", span(token), help: "`=` gives a name its value, `==` compares")
    advance()
    let other = try expression()
    return try make(.comparison([value, other], [.equal]), value.span.joined(to: other.span))
  }

  /// `param lr = 0.1 "step size"`
  private mutating func paramStatement() throws(Recovery) -> StatementKind {
    advance()
    let name = try declaredName("the name of the parameter")
    try expect(.assign, "`=` and the default of the parameter")
    let value = try expression()
    guard token.kind == .string, !isAfterNewline else { return .param(name, value, help: nil) }
    let help = stringText(token)
    advance()
    return .param(name, value, help: help)
  }

  private mutating func testStatement() throws(Recovery) -> StatementKind {
    advance()
    guard token.kind == .string else { throw unexpected("the name of the test as a plain string") }
    let name = stringText(token)
    advance()
    return .test(name, try block("test"))
  }

  /// `import nn`, `import "./x.trl" as x`
  private mutating func importStatement() throws(Recovery) -> StatementKind {
    advance()
    let target = token
    let isPath = target.kind == .string
    guard isPath || target.kind == .name, !isAfterNewline else { throw unexpected("the name of a module or a path in quotes") }
    let module = isPath ? stringText(target) : text(target)
    advance()
    if isWord("as"), !isAfterNewline {
      advance()
      return .importModule(module, isPath: isPath, try declaredName("a name for the module"))
    }
    if !isPath { return .importModule(module, isPath: false, Declaration(module, span(target))) }
    let file = module.split(separator: "/").last.map(String.init) ?? ""
    let stem = file.hasSuffix(".trl") ? String(file.dropLast(4)) : file
    guard isName(stem) else { throw unexpected("`as` and a name for the module") }
    return .importModule(module, isPath: true, Declaration(stem, span(target)))
  }

  private func isName(_ text: String) -> Bool {
    let lexed = Lexer.lex(SourceFile(name: "", bytes: Array(text.utf8)))
    return lexed.tokens.count == 2 && lexed.tokens[0].kind == .name && lexed.diagnostics.isEmpty
  }

  /// Stands for what was reported as broken.
  func broken(_ span: Span) -> Expr { Expr(.error, Span(source, span.start, span.start)) }
}
