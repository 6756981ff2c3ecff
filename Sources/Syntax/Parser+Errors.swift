// What the parser says when the next token doesn't fit. One mistake is reported once: not again while the functions that
// wait for something unwind, and not where the lexer or the repair of brackets has spoken.
import Diagnostics

extension Parser {
  /// Reports that something else than the current token was expected; to be thrown.
  mutating func unexpected(_ expected: String, help: String? = nil, labels: [Diagnostic.Label] = []) -> Recovery {
    if isReported || index == lastErrorIndex {
      lastErrorIndex = index
      return Recovery()
    }
    if let habit = habit() { return report(habit) }
    var place = span(token)
    var found = describe(token)
    if token.kind == .stringMiddle || token.kind == .stringEnd { place.end = place.start + 1 }
    if token.kind == .end || (isAfterNewline && index != statementStart), index > 0 {
      let end = Int(tokens[index - 1].end)
      place = Span(source, end, end)
      found = token.kind == .end ? "the end of the file" : "the end of the line"
      if token.kind == .end { endedEarly = true }
    } else if token.kind == .end {
      endedEarly = true
    }
    return report(Diagnostic(.unexpectedToken(found: found, expected: expected), at: place, labels: labels, help: help))
  }

  /// The lexer or the brackets' repair reported what is wrong here.
  private var isReported: Bool {
    let before = index > 0 ? tokens[index - 1] : token
    if token.flags.contains(.synthetic) || before.flags.contains(.synthetic) || before.flags.contains(.unterminated) {
      return true
    }
    let gap = Int(before.start)...Int(max(token.start, before.start))
    return reportedPlaces.contains { gap.contains($0) }
  }

  mutating func report(_ diagnostic: Diagnostic) -> Recovery {
    if diagnostics.count < Parser.maximumErrors { diagnostics.append(diagnostic) }
    lastErrorIndex = index
    return Recovery()
  }

  /// Reports a habit of another language whose meaning is clear; parsing goes on as if it were ours.
  mutating func note(_ found: String, instead: String, _ span: Span, help: String? = nil) {
    _ = report(Diagnostic(.foreignHabit(found: found, instead: instead), at: span, help: help))
    lastErrorIndex = -1
  }

  func describe(_ token: Token) -> String {
    switch token.kind {
    case .name, .int, .float:
      let shown = text(token)
      return "`\(shown.count > 40 ? String(shown.prefix(37)) + "..." : shown)`"
    case .string, .stringStart: return "a string"
    case .stringMiddle, .stringEnd: return "`}`"
    case .end, .format: return token.kind.rawValue
    default: return "`\(token.kind.rawValue)`"
    }
  }
}
