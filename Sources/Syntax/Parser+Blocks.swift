// Lists of statements, blocks, and recovery. A newline or `;` ends a statement; a statement that fails is left at the next
// token that begins a line and a statement, inside the same brackets.
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
        if statements.last.map({ $0.span.start < Int(tokens[start].start) }) ?? true,
          let names = brokenDeclaration(start)
        {
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
    guard token.isFirstOnLine, token.kind == .minus || token.kind == .parenOpen || token.kind == .bracketOpen else {
      return
    }
    guard column(Int(token.start)) > column(last.span.start), isFirstOnLine(last.span.start) else { return }
    let sign = token.kind.rawValue
    throw report(
      Diagnostic(
        .unexpectedToken(found: "an indented line that begins with `\(sign)`", expected: "a new statement"),
        at: span(token),
        help: "a newline ended the statement above; to go on with it, end its line with the operator, or bracket it all"
      ))
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
      if limit > index || isBelow, tokens[limit].isFirstOnLine, !isBelow || column(Int(tokens[limit].start)) <= outer {
        break
      }
      limit = tokens[limit].kind.closing == nil ? limit + 1 : max(limit + 1, afterPartner(of: limit))
    }
    return limit > index ? statements(until: limit) : []
  }

  /// The head of a statement, and its body even if the head is wrong, so that mistakes in the body are found too.
  mutating func head<T>(
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
      if token.kind == .end || token.kind == .semicolon || token.kind.opening != nil || token.isFirstOnLine {
        return false
      }
      skip()
    }
    return true
  }
}
