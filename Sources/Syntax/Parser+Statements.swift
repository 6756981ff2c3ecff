// The kinds of statements, by the token that they begin with.
import Diagnostics

extension Parser {
  mutating func statement() throws(Recovery) -> Statement {
    let start = index
    marks?.statements.insert(start)
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
        note(
          "`var` with index notation", instead: "`let`", span(start),
          help: "a table is defined once: `let c[i, k] = ...`")
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
    if token.kind == .parenOpen, case .name(let name) = pattern {
      throw unexpected("`=` and a value", help: "a function is defined with `fn \(name.name)(...) = ...`")
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
        expected,
        help: token.kind.isKeyword ? "`\(token.kind.rawValue)` is a word of the language; take another name" : nil)
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
    guard isPath || target.kind == .name, !isAfterNewline else {
      throw unexpected("the name of a module or a path in quotes")
    }
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
