// The help of the tool and of its verbs, made from the tables.

enum Help {
  static func tool() -> String {
    var text = """
      Trellis, a small language for learning pipelines.

      usage: trellis [OPTION]... FILE [--PARAM VALUE]... [ARGUMENT]...
             trellis [OPTION]... -e EXPR
             trellis [OPTION]... COMMAND ...
             trellis                            an interactive session

      commands:

      """
    text += columns(Verb.all.map { ($0.name, $0.summary) })
    return text + "\noptions:\n" + options()
  }

  static func verb(_ verb: Verb) -> String {
    "usage: trellis [OPTION]... \(verb.name) \(verb.operands)\n\n\(verb.details)\n\noptions:\n" + options()
  }

  private static func options() -> String {
    columns(
      ToolOption.all.map { option in
        (option.names.joined(separator: ", ") + (option.value.map { " \($0)" } ?? ""), option.summary)
      })
  }

  /// Two columns, the second one aligned.
  static func columns(_ rows: [(String, String)]) -> String {
    let width = min(28, (rows.map(\.0.count).max() ?? 0) + 2)
    return rows.map { left, right in
      let gap = left.count + 2 > width ? "\n  " + spaces(width) : spaces(width - left.count)
      return "  " + left + (right.isEmpty ? "" : gap + right) + "\n"
    }.joined()
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
}
