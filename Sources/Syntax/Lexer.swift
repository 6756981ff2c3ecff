// Bytes to tokens, in one pass over UTF-8 without Swift strings. A string with values in it becomes
//
//     "a {x:.2f} b {y}"    stringStart name format stringMiddle name stringEnd
//
// and the lexer remembers in `interpolations` how deep in brackets it is, to know which `}` goes on with the string.
// Newlines are no tokens: a token knows whether it is the first of its line. `Lexer+Strings` and `Lexer+Numbers` hold
// the literals; `BracketRepair` pairs the brackets afterwards.
import Diagnostics

package struct LexedSource {
  package var tokens: ContiguousArray<Token> = []
  package var documentation: [DocumentationBlock] = []
  package var diagnostics: [Diagnostic] = []
  /// The text ends inside a string in three quotes, so a REPL should read on.
  package var endsInsideString = false
}

package struct Lexer {
  struct Interpolation {
    /// Brackets opened since the `{` of the value, and braces among them.
    var depth = 0
    var braces = 0
    let isTriple: Bool
    /// Offset of the quote and of the `{`, for errors.
    let stringStart: Int
    let braceStart: Int
  }

  let source: SourceFile
  let bytes: UnsafeBufferPointer<UInt8>
  let tables = TokenTables.shared
  var position = 0
  var afterNewline = true
  var result = LexedSource()
  var interpolations: [Interpolation] = []
  private var documentation = DocumentationCollector()

  package static func lex(_ source: SourceFile) -> LexedSource {
    guard source.bytes.count < Int(Int32.max) / 2 else {
      var result = LexedSource()
      result.diagnostics = [
        Diagnostic(.fileProblem(path: source.name, detail: "the file is larger than a script may be (1 GB)"), at: nil)
      ]
      result.tokens = [Token(kind: .end, flags: .afterNewline, start: 0, end: 0)]
      return result
    }
    return source.bytes.withUnsafeBufferPointer { bytes in
      var lexer = Lexer(source: source, bytes: bytes)
      lexer.run()
      return lexer.result
    }
  }

  private init(source: SourceFile, bytes: UnsafeBufferPointer<UInt8>) {
    self.source = source
    self.bytes = bytes
    result.tokens.reserveCapacity(bytes.count / 4 + 8)
  }

  // MARK: The loop

  private mutating func run() {
    if let bad = firstInvalidUTF8(bytes) {
      report(.invalidUtf8(byte: Int(bytes[bad])), bad, bad + 1, help: "save the file as UTF-8")
    }
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    while position < bytes.count {
      let start = position
      let byte = bytes[start]
      switch tables.classes[Int(byte)] {
      case .space: position += 1
      case .newline: newline()
      case .hash: comment()
      case .letter: word()
      case .digit: number()
      case .quote: quote()
      case .punctuation: punctuation()
      case .high: highByte()
      case .other: unexpected(length: 1)
      }
    }
    closeInterpolations(all: true)
    result.tokens.append(
      Token(kind: .end, flags: .afterNewline, start: Int32(bytes.count), end: Int32(bytes.count)))
    result.documentation += documentation.close(source, next: bytes.count)
  }

  private mutating func newline() {
    if !interpolations.isEmpty { closeInterpolations(all: false) }
    position += 1
    afterNewline = true
  }

  private mutating func comment() {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    let isDocumentation = afterNewline && byte(start + 1) == UInt8(ascii: "#") && byte(start + 2) != UInt8(ascii: "#")
    if isDocumentation { documentation.add(line: start..<position) }
  }

  /// The byte at `index`, 0 behind the end.
  @inline(__always)
  func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

  @inline(__always)
  mutating func emit(_ kind: TokenKind, from start: Int, flags: Token.Flags = []) {
    var flags = flags
    if afterNewline {
      flags.insert(.afterNewline)
      if documentation.isOpen { result.documentation += documentation.close(source, next: start) }
      afterNewline = false
    }
    result.tokens.append(Token(kind: kind, flags: flags, start: Int32(start), end: Int32(position)))
  }

  mutating func report(
    _ problem: Problem, _ start: Int, _ end: Int, labels: [Diagnostic.Label] = [], help: String? = nil
  ) {
    guard result.diagnostics.count < Parser.maximumErrors else { return }
    result.diagnostics.append(Diagnostic(problem, at: Span(source, start, end), labels: labels, help: help))
  }

  // MARK: Names, keywords, punctuation

  private mutating func word() {
    let start = position
    let first = bytes[start]
    if first == UInt8(ascii: "r"), byte(start + 1) == UInt8(ascii: "\"") {
      position += 1
      string(from: start, isRaw: true)
      return
    }
    var packed: UInt64 = 0
    while position < bytes.count {
      let class_ = tables.classes[Int(bytes[position])]
      guard class_ == .letter || class_ == .digit else {
        if class_ == .high, continueName() { continue }
        break
      }
      packed = packed << 8 | UInt64(bytes[position])
      position += 1
    }
    let length = position - start
    if length <= 8, let keyword = tables.keyword(first: first, packed: packed) {
      emit(keyword, from: start)
    } else {
      emit(.name, from: start)
    }
  }

  private mutating func punctuation() {
    let start = position
    guard let found = tables.punctuation(bytes[start], byte(start + 1), byte(start + 2)) else {
      unexpected(length: 1)
      return
    }
    if !interpolations.isEmpty, inside(interpolation: found.kind) { return }
    // `.5` where no operand stands in front of the dot
    if found.kind == .dot, tables.classes[Int(byte(start + 1))] == .digit, !endsOperand {
      number()
      return
    }
    position += Int(found.length)
    emit(found.kind, from: start)
  }

  /// Counts brackets inside a value of a string; true if the token belonged to the string itself.
  private mutating func inside(interpolation kind: TokenKind) -> Bool {
    let last = interpolations.count - 1
    switch kind {
    case .parenOpen, .bracketOpen: interpolations[last].depth += 1
    case .parenClose, .bracketClose: interpolations[last].depth -= 1
    case .braceOpen:
      interpolations[last].depth += 1
      interpolations[last].braces += 1
    case .braceClose:
      if interpolations[last].braces == 0 {
        continueString()
        return true
      }
      interpolations[last].depth -= 1
      interpolations[last].braces -= 1
    case .colon, .walrus:
      if interpolations[last].depth <= 0 {
        format()
        return true
      }
    default: break
    }
    return false
  }

  private var endsOperand: Bool {
    guard let last = result.tokens.last else { return false }
    switch last.kind {
    case .name, .int, .float, .string, .stringEnd, .parenClose, .bracketClose, .braceClose: return true
    default: return last.kind.isKeyword && Int(last.end) == position
    }
  }
}
