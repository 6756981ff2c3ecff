// Diagnostics for programs and editors: one JSON object per diagnostic, each on its own line. Lines and columns count
// from 1 (columns in code points), `start` and `end` are byte offsets.

extension Renderer {
  /// One line per diagnostic, sorted by place, each ended by a newline.
  package static func json(_ diagnostics: [Diagnostic]) -> String {
    sorted(diagnostics).map { json($0) + "\n" }.joined()
  }

  package static func json(_ diagnostic: Diagnostic) -> String {
    let problem = diagnostic.problem
    var fields = [
      ("severity", quoted(diagnostic.severity.rawValue)), ("id", quoted(problem.id)),
      ("message", quoted(problem.message)),
    ]
    if let span = diagnostic.span { fields += place(span) }
    let labels = diagnostic.labels.map { object(place($0.span) + [("text", quoted($0.text))]) }
    if !labels.isEmpty { fields.append(("labels", "[" + labels.joined(separator: ",") + "]")) }
    if let help = diagnostic.help ?? problem.cure { fields.append(("help", quoted(help))) }
    let frames = diagnostic.stack.map { object([("function", quoted($0.function))] + place($0.span)) }
    if !frames.isEmpty { fields.append(("stack", "[" + frames.joined(separator: ",") + "]")) }
    return object(fields)
  }

  private static func place(_ span: Span) -> [(String, String)] {
    let start = span.source.location(span.start)
    let end = span.source.location(span.end)
    return [
      ("file", quoted(span.source.name)), ("line", String(start.line)), ("column", String(start.column)),
      ("endLine", String(end.line)), ("endColumn", String(end.column)), ("start", String(span.start)),
      ("end", String(span.end)),
    ]
  }

  private static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  /// A JSON string literal.
  package static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
