// Pairs the brackets of a token list before it is parsed, so that the parser can rely on every bracket having its
// partner: it looks over a bracket in one step, and a mistake inside one never leaves it.
//
// When pairs don't fit, the indentation tells what was meant. A `{` should close at the first line that is indented no
// deeper than the line of the `{`; if some `}` stands further left than the line of its `{`, that pair is where a `}` went
// missing. One mistake is repaired (and reported) at a time, by putting in or taking out a token, and pairing begins
// again; so the rest of the file is parsed as it was meant, and its own mistakes are found.
import Diagnostics

struct BracketRepair {
  private enum Mistake {
    /// `opener` has no end; `stop` is the token that shows it.
    case unclosed(opener: Int, stop: Int)
    case wrongCloser(opener: Int, closer: Int)
    case stray(closer: Int)
  }

  private let source: SourceFile
  private(set) var tokens: ContiguousArray<Token>
  private(set) var diagnostics: [Diagnostic] = []
  /// The text ends with brackets open and no other mistake, so a REPL should read on.
  private(set) var endsInsideBracket = false
  /// Bytes from a `(` or `[` without an end to where one was put in: what doesn't fit there follows from the guess.
  private(set) var doubtful: [Range<Int>] = []
  /// More mistakes than this are not worth guessing about.
  private let maximumRepairs = 30

  init(_ source: SourceFile, _ tokens: ContiguousArray<Token>) {
    self.source = source
    self.tokens = tokens
    run()
  }

  private mutating func run() {
    var count = 0
    while let mistake = pair() {
      if count == 0, case .unclosed(_, let stop) = mistake, tokens[stop].kind == .end { endsInsideBracket = true }
      if count < maximumRepairs { repair(mistake) } else { balance() }
      count += 1
    }
  }

  // MARK: Pairing

  /// Sets the partners of all brackets; stops at the first mistake.
  private mutating func pair() -> Mistake? {
    var open: [Int] = []
    return tokens.withUnsafeMutableBufferPointer { tokens in
      for index in tokens.indices {
        switch tokens[index].kind {
        case .parenOpen, .bracketOpen, .braceOpen, .stringStart:
          tokens[index].partner = -1
          open.append(index)
        case .parenClose, .bracketClose, .braceClose:
          let closer = tokens[index].kind
          guard let last = open.last else { return .stray(closer: index) }
          if tokens[last].kind.closing != closer { return BracketRepair.mismatch(tokens, open, last, index) }
          open.removeLast()
          tokens[last].partner = Int32(index)
          tokens[index].partner = Int32(last)
        case .stringMiddle, .stringEnd:
          // A value of a string ends where the string goes on, whatever is open in it.
          guard let last = open.last else { continue }
          if tokens[last].kind != .stringStart { return .unclosed(opener: last, stop: index) }
          if tokens[index].kind == .stringEnd {
            open.removeLast()
            tokens[last].partner = Int32(index)
            tokens[index].partner = Int32(last)
          }
        default: break
        }
      }
      guard let last = open.last else { return nil }
      return .unclosed(opener: last, stop: tokens.count - 1)
    }
  }

  private static func mismatch(
    _ tokens: UnsafeMutableBufferPointer<Token>, _ open: [Int], _ last: Int, _ index: Int
  ) -> Mistake {
    let closer = tokens[index].kind
    for opener in open.reversed() {
      // A value of a string is closed to the outside.
      if tokens[opener].kind == .stringStart { break }
      if tokens[opener].kind.closing == closer { return .unclosed(opener: last, stop: index) }
    }
    // `(a, b]`: nothing here is waiting for this closer.
    let sameLine = !tokens[(last + 1)...index].contains { $0.isFirstOnLine }
    let isString = tokens[last].kind == .stringStart
    return sameLine && !isString ? .wrongCloser(opener: last, closer: index) : .stray(closer: index)
  }

  // MARK: Repairing

  private mutating func repair(_ mistake: Mistake) {
    switch mistake {
    case .stray(let closer):
      let kind = tokens[closer].kind
      // A value that runs to the end of its line has swallowed the quote, and the bracket behind it.
      let string = tokens[closer...].first {
        $0.kind == .stringMiddle || $0.kind == .stringEnd || $0.kind == .stringStart
      }
      if string?.kind == .stringStart || string?.flags.contains(.unterminated) != true {
        report(
          .strayBracket(kind.rawValue), closer,
          help: "take it away, or open it with `\(kind.opening?.rawValue ?? "")` where it belongs")
      }
      let wasFirst = tokens[closer].isFirstOnLine
      tokens.remove(at: closer)
      if wasFirst { tokens[closer].flags.insert(.afterNewline) }
    case .wrongCloser(let opener, let closer):
      guard let wanted = tokens[opener].kind.closing else { return }
      report(
        .unexpectedToken(found: "`\(tokens[closer].kind.rawValue)`", expected: "`\(wanted.rawValue)`"), closer,
        labels: [Diagnostic.Label(span(opener), "to close this `\(tokens[opener].kind.rawValue)`")])
      tokens[closer].kind = wanted
    case .unclosed(let opener, let stop):
      var opener = opener
      var stop = stop
      if tokens[opener].kind == .braceOpen, tokens[stop].kind == .end, let earlier = closedTooFarLeft(after: opener) {
        opener = earlier
        stop = Int(tokens[earlier].partner)
      }
      close(opener, before: indentedEnd(of: opener, stop))
    }
  }

  /// Makes all brackets fit, in one pass and without a word.
  private mutating func balance() {
    var balanced: ContiguousArray<Token> = []
    var open: [TokenKind] = []
    var openStrings = 0
    func end(_ kind: TokenKind) {
      let place = balanced.last?.end ?? 0
      balanced.append(Token(kind: kind.closing ?? .stringEnd, flags: .synthetic, start: place, end: place))
    }
    for token in tokens {
      switch token.kind {
      case .parenOpen, .bracketOpen, .braceOpen: open.append(token.kind)
      case .stringStart:
        open.append(.stringStart)
        openStrings += 1
      case .parenClose, .bracketClose, .braceClose:
        if open.last?.closing != token.kind { continue }
        open.removeLast()
      case .stringMiddle, .stringEnd:
        if openStrings == 0 { continue }
        while let last = open.last, last != .stringStart {
          end(last)
          open.removeLast()
        }
        if token.kind == .stringEnd {
          open.removeLast()
          openStrings -= 1
        }
      case .end:
        for kind in open.reversed() { end(kind) }
      default: break
      }
      balanced.append(token)
    }
    tokens = balanced
  }

  /// Puts in the closing bracket of `opener` before the token at `place`, and reports that it was missing.
  private mutating func close(_ opener: Int, before place: Int) {
    let kind = tokens[opener].kind
    if kind == .stringStart {
      // Its end was taken away as part of a mistake inside; the lexer has reported it.
      insert(.stringEnd, before: place)
      return
    }
    guard let closing = kind.closing else { return }
    if kind != .braceOpen { doubtful.append(Int(tokens[opener].start)..<Int(tokens[place].start) + 1) }
    // The bracket may have been closed in what an unfinished string took in.
    if tokens[opener..<place].contains(where: {
      $0.flags.contains(.unterminated) && $0.kind != .int && $0.kind != .float
    }) {
      insert(closing, before: place)
      return
    }
    let previous = max(place - 1, opener)
    let end = Int(tokens[previous].end)
    var labels: [Diagnostic.Label] = []
    if tokens[place].kind != .end || tokens[place - 1].kind != .end {
      let isIndentation = tokens[place].isFirstOnLine && tokens[place].kind != .end
      let here = tokens[place].kind == .end ? Span(source, max(0, end - 1), end) : span(place)
      let what = "`\(closing.rawValue)` was expected "
      if source.line(of: here.start) != source.line(of: Int(tokens[opener].start)) {
        labels.append(
          Diagnostic.Label(
            here,
            what
              + (isIndentation
                ? "before this line, from its indentation"
                : tokens[place].kind == .end ? "at the end of the file" : "before this")))
      }
    }
    diagnostics.append(
      Diagnostic(.missingBracket(open: kind.rawValue, close: closing.rawValue), at: span(opener), labels: labels))
    insert(closing, before: place)
  }

  private mutating func insert(_ kind: TokenKind, before place: Int) {
    let end = tokens[max(place - 1, 0)].end
    tokens.insert(Token(kind: kind, flags: .synthetic, start: end, end: end), at: place)
  }

  // MARK: Indentation

  /// Spaces in front of the first token of the line that holds the token at `index`.
  private func indentation(_ index: Int) -> Int {
    let line = source.line(of: Int(tokens[index].start))
    var offset = source.lineStarts[line - 1]
    var columns = 0
    while offset < source.bytes.count {
      switch source.bytes[offset] {
      case UInt8(ascii: " "): columns += 1
      case UInt8(ascii: "\t"): columns += 4 - columns % 4
      default: return columns
      }
      offset += 1
    }
    return columns
  }

  /// The first token behind `opener` (outside the pairs in between) that begins a line indented no deeper than the line of
  /// `opener`; else `stop`.
  private func indentedEnd(of opener: Int, _ stop: Int) -> Int {
    let limit = indentation(opener)
    var index = opener + 1
    var isDeeper = false
    var mayHaveBody = tokens[opener].kind == .braceOpen
    while index < stop {
      let token = tokens[index]
      // No assignment stands inside an index or a list.
      let isAssignment = token.kind == .assign || token.kind.compoundAssignment != nil
      if isAssignment, tokens[opener].kind == .bracketOpen { return index }
      // Nor does `{` follow an operand there, but as the body of an `if` or the like: `fn f(x {`.
      switch token.kind {
      case .ifWord, .forWord, .whileWord, .catchWord, .fnWord: mayHaveBody = true
      case .braceOpen where !mayHaveBody && tokens[index - 1].kind == .name && index - 1 > opener: return index
      default: break
      }
      if token.isFirstOnLine {
        let columns = indentation(index)
        if columns > limit { isDeeper = true }
        // Lines that were never indented tell nothing about a block.
        let tells = isDeeper || tokens[opener].kind != .braceOpen
        if columns <= limit, tells, token.kind.opening == nil { return index }
      }
      // Pairs known so far; those of an earlier attempt behind `stop` are stale, so the partner must be inside.
      let partner = Int(token.partner)
      let isOpener = token.kind.closing != nil || token.kind == .stringStart
      index = isOpener && partner > index && partner < stop ? partner + 1 : index + 1
    }
    return stop
  }

  /// The last `{` behind `opener` whose `}` begins a line further left than the line of the `{`.
  private func closedTooFarLeft(after opener: Int) -> Int? {
    for index in stride(from: tokens.count - 1, to: opener, by: -1) where tokens[index].kind == .braceOpen {
      let closer = Int(tokens[index].partner)
      if closer > index, closer < tokens.count, tokens[closer].isFirstOnLine, indentation(closer) < indentation(index) {
        return index
      }
    }
    return nil
  }

  private func span(_ index: Int) -> Span { Span(source, Int(tokens[index].start), Int(tokens[index].end)) }

  private mutating func report(_ problem: Problem, _ index: Int, labels: [Diagnostic.Label] = [], help: String? = nil) {
    diagnostics.append(Diagnostic(problem, at: span(index), labels: labels, help: help))
  }
}
