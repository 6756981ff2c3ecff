// Documentation for a terminal.

extension Documentation {
  /// Signature, summary, parameters, details, example, source; of a module its members.
  package var text: String {
    var text = "\(signature)\n"
    if !summary.isEmpty { text += "\n\(summary)\n" }
    if !details.isEmpty { text += (kind == .module || place != nil ? "\n" : "") + plain(details) + "\n" }
    if !parameters.isEmpty { text += "\n" }
    for parameter in parameters { text += "  \(parameter.name): \(parameter.text)\n" }
    if !example.isEmpty {
      text += "\nExample:\n" + indented(example)
      if !expected.isEmpty { text += "prints\n" + indented(expected) }
    }
    if !members.isEmpty {
      text += "\nMembers:\n"
      let width = min(28, members.map(\.name.count).max() ?? 0) + 2
      for member in members {
        let gap = String(repeating: " ", count: max(2, width - member.name.count))
        text += "  \(member.name)\(gap)\(member.summary)\n"
      }
    }
    // The details of a module's member name its source themselves.
    if let source, place == nil { text += "\nSource: \(source)\n" }
    if let place, kind != .module { text += "\nDefined in \(place)\n" }
    return text
  }

  private func indented(_ block: String) -> String {
    block.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
  }

  /// Without the marks of fenced blocks, whose lines are indented instead.
  private func plain(_ text: String) -> String {
    var isFenced = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
      if line.hasPrefix("```") {
        isFenced.toggle()
        return nil
      }
      return isFenced ? "  " + line : String(line)
    }.joined(separator: "\n")
  }
}
