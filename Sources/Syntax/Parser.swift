// Tokens to tree, by recursive descent with one precedence loop. Order to read:
//
//     Parser               the entry points, the cursor, limits
//     Parser+Errors        reporting what was expected
//     Parser+Blocks        lists of statements, recovery
//     Parser+Statements    their kinds; Parser+Places: what may be assigned to
//     Parser+Expressions   the precedence loop; Parser+Primary: operands; Parser+Postfix: calls, indices, fields
//     Parser+Records, Parser+Functions, Parser+Binders, Parser+Rec
//     Parser+Habits        hints for what other languages write
//
// Invariants: brackets are paired before parsing begins (`BracketRepair`), so a mistake inside a bracket is left by a jump
// to its partner, and one inside a statement by skipping to the next statement. A function that fails has reported why and
// throws `Recovery`. Every loop consumes a token or stops. `nesting` bounds the recursion here, `Expr.height` that of later
// walks.
import Diagnostics

/// Thrown after a problem was reported: give up the construct, go on behind it.
struct Recovery: Error {}

package struct Parser {
  package static let maximumNesting = 200
  package static let maximumHeight: Int32 = 1000
  static let maximumErrors = 100

  /// What the surroundings say about newlines, braces and ranges.
  struct Mode {
    /// A newline may end the statement: not inside `(`, `[` or a record.
    var newlinesEnd = true
    /// `{` opens the body: in the head of `if`, `while`, `for`, `rec`.
    var isHead = false
    /// Ends of ranges may be missing: directly inside index brackets.
    var isIndex = false
    static let brackets = Mode(newlinesEnd: false)
  }

  let source: SourceFile
  let bytes: [UInt8]
  let tokens: ContiguousArray<Token>
  var index = 0
  var token: Token
  var mode = Mode()
  var nesting = 0
  var diagnostics: [Diagnostic] = []
  var lastErrorIndex = -1
  /// The first token of the statement (or clause) being parsed.
  var statementStart = 0
  /// An error was found where the text ends: more text could mend it.
  var endedEarly = false
  /// Where a character or a closing bracket was reported: what doesn't fit next to it is a consequence.
  let reportedPlaces: [Int]
  /// What the formatter has to know; nil when nobody asks.
  var marks: LayoutMarks?
  private var documentation: [Int: String] = [:]

  // MARK: Entry points

  /// The tree of a file, and what is wrong with it, sorted by place. Where something is wrong the tree has `.error` nodes
  /// or lacks statements.
  package static func parse(_ source: SourceFile) -> (module: Module, diagnostics: [Diagnostic]) {
    let (module, diagnostics, _) = parseAll(source)
    return (module, diagnostics)
  }

  /// Whether a text that a REPL has read so far needs more lines.
  package static func isIncomplete(_ source: SourceFile) -> Bool { parseAll(source).isIncomplete }

  /// As `parse`, and `marks` for the formatter.
  static func parse(_ source: SourceFile, marks: inout LayoutMarks?) -> (module: Module, diagnostics: [Diagnostic]) {
    let (module, diagnostics, _) = parseAll(source, marks: &marks)
    return (module, diagnostics)
  }

  private static func parseAll(_ source: SourceFile) -> (Module, [Diagnostic], isIncomplete: Bool) {
    var none: LayoutMarks?
    return parseAll(source, marks: &none)
  }

  private static func parseAll(
    _ source: SourceFile, marks: inout LayoutMarks?
  ) -> (Module, [Diagnostic], isIncomplete: Bool) {
    let lexed = Lexer.lex(source)
    let repair = BracketRepair(source, lexed.tokens)
    var parser = Parser(source, repair.tokens, lexed, repair.diagnostics)
    parser.marks = marks == nil ? nil : LayoutMarks(tokens: repair.tokens)
    let statements = parser.statements()
    if let found = parser.marks { marks = found }
    let module = Module(
      source: source, statements: statements,
      documentation: moduleDocumentation(lexed.documentation, repair.tokens, statements),
      documentationBlocks: lexed.documentation)
    let before = lexed.diagnostics + repair.diagnostics
    let isIncomplete: Bool
    if lexed.endsInsideString {
      isIncomplete = true
    } else if repair.endsInsideBracket {
      isIncomplete = lexed.diagnostics.isEmpty
    } else {
      isIncomplete = before.isEmpty && parser.endedEarly && parser.diagnostics.count == 1
    }
    let found = parser.diagnostics.filter { diagnostic in
      guard let start = diagnostic.span?.start else { return true }
      return !repair.doubtful.contains { $0.contains(start) }
    }
    return (module, Renderer.sorted(before + found), isIncomplete)
  }

  /// The first block of the file, unless it is the description of its first function or name.
  private static func moduleDocumentation(
    _ blocks: [DocumentationBlock], _ tokens: ContiguousArray<Token>, _ statements: [Statement]
  ) -> String? {
    guard let block = blocks.first, block.next == Int(tokens[0].start) else { return nil }
    let isAlone = blocks.count < 2 || blocks[1].next != block.next
    guard isAlone, block.isAttached, let first = statements.first else { return block.text }
    switch first.kind {
    case .function, .declare: return nil
    default: return block.text
    }
  }

  private init(_ source: SourceFile, _ tokens: ContiguousArray<Token>, _ lexed: LexedSource, _ repaired: [Diagnostic]) {
    self.source = source
    bytes = source.bytes
    self.tokens = tokens
    token = tokens[0]
    let misplaced = repaired.filter {
      switch $0.problem {
      case .unexpectedToken, .strayBracket: true
      default: false
      }
    }
    reportedPlaces = (lexed.diagnostics + misplaced).compactMap { $0.span?.start }
    for block in lexed.documentation where block.isAttached { self.documentation[block.next] = block.text }
  }

  /// The `##` lines directly above the token at byte `start`.
  func documentation(before start: Int32) -> String? { documentation.isEmpty ? nil : documentation[Int(start)] }

  // MARK: Cursor

  @inline(__always)
  mutating func advance() {
    if index + 1 < tokens.count { index += 1 }
    token = tokens[index]
  }

  mutating func jump(to target: Int) {
    index = min(target, tokens.count - 1)
    token = tokens[index]
  }

  func kind(at position: Int) -> TokenKind { position < tokens.count ? tokens[position].kind : .end }

  /// Behind the partner of the bracket at `opening`.
  func afterPartner(of opening: Int) -> Int {
    let partner = Int(tokens[opening].partner)
    return partner > opening ? partner + 1 : opening + 1
  }

  /// A newline in front of the current token ends the statement, as far as newlines count here.
  var isAfterNewline: Bool { token.isFirstOnLine && mode.newlinesEnd }

  /// A newline in front of the current token ends the statement: it counts here, and a statement can begin with the token.
  var statementEndsHere: Bool { isAfterNewline && token.kind.beginsStatement }

  /// The token at `position` stands on the same line as the one before it, or newlines don't count.
  func continuesLine(_ position: Int) -> Bool {
    position < tokens.count && (!mode.newlinesEnd || !tokens[position].isFirstOnLine)
  }

  mutating func accept(_ kind: TokenKind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: TokenKind, _ expected: String? = nil) throws(Recovery) {
    guard token.kind == kind else { throw unexpected(expected ?? "`\(kind.rawValue)`") }
    advance()
  }

  /// The current token is the name `word`, which is a keyword in this place only.
  func isWord(_ word: StaticString) -> Bool { isWord(word, at: index) }

  func isWord(_ word: StaticString, at position: Int) -> Bool {
    guard position < tokens.count else { return false }
    let token = tokens[position]
    guard token.kind == .name, Int(token.end - token.start) == word.utf8CodeUnitCount else { return false }
    for offset in 0..<word.utf8CodeUnitCount where bytes[Int(token.start) + offset] != word.utf8Start[offset] {
      return false
    }
    return true
  }

  // MARK: Spans and nodes

  func text(_ token: Token) -> String {
    String(decoding: bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
  }

  func span(_ token: Token) -> Span { Span(source, Int(token.start), Int(token.end)) }

  /// From the token at `first` to the last one consumed.
  func span(from first: Int) -> Span {
    let start = Int(tokens[first].start)
    return Span(source, start, index > first ? max(start, Int(tokens[index - 1].end)) : Int(tokens[first].end))
  }

  /// A node, whose height is bounded, so that later walks may recurse.
  @inline(__always)
  mutating func make(_ kind: ExprKind, _ span: Span) throws(Recovery) -> Expr {
    let node = Expr(kind, span)
    node.height = kind.childrenHeight + 1
    if node.height > Parser.maximumHeight { throw tooDeep(Int(Parser.maximumHeight), span) }
    return node
  }

  /// A node without children.
  @inline(__always)
  func leaf(_ kind: ExprKind, _ span: Span) -> Expr { Expr(kind, span) }

  mutating func tooDeep(_ limit: Int, _ span: Span) -> Recovery {
    // Each level on the way out would report it again.
    if !diagnostics.contains(where: { if case .nestedTooDeeply = $0.problem { true } else { false } }) {
      diagnostics.append(
        Diagnostic(.nestedTooDeeply(limit: limit), at: Span(source, span.start, min(span.end, span.start + 1))))
    }
    lastErrorIndex = index
    return Recovery()
  }

  mutating func enter() throws(Recovery) {
    if nesting >= Parser.maximumNesting { throw tooDeep(Parser.maximumNesting, span(token)) }
    nesting += 1
  }
}
