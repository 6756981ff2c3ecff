// Diagnostics as text for people:
//
//     error[shape-mismatch]: `@` needs inner sizes to agree, found 784 and 748
//       --> train.trl:12:42
//        12 | fn scores(p, x: [n, 784]) -> [n, 10] = x @ p.w + p.b
//           |                                        ^^^^^^^ [n = 64, 784] @ [748, 10]
//        8  | var p = {w: normal(rng, [748, 10]) * 0.01, ...
//           |             ---------------------- `p.w` was made here
//        = help: did you mean normal(rng, [784, 10])?
//        at scores (train.trl:12:42)
//        at the script (train.trl:20:1)
//
// `text` is the entry; `Excerpt` draws one source line with its mark, `CallStack` the lines behind `at`.

package struct Renderer: Sendable {
  /// Terminal colours (ANSI escapes).
  package var colour: Bool
  /// Widest source line shown in full; longer ones are cut to a window around the mark.
  package var maximumWidth = 116
  /// Diagnostics shown of one file; the rest is counted.
  package var maximumCount = 20

  package init(colour: Bool = false) { self.colour = colour }

  /// Several diagnostics, sorted by place, with an empty line between them. Ends with a newline unless empty.
  package func text(_ diagnostics: [Diagnostic]) -> String {
    let sorted = Renderer.sorted(diagnostics)
    var out = sorted.prefix(maximumCount).map(text).joined(separator: "\n")
    if sorted.count > maximumCount { out += "\n\(sorted.count - maximumCount) more errors are not shown.\n" }
    return out
  }

  /// One diagnostic; ends with a newline.
  package func text(_ diagnostic: Diagnostic) -> String {
    var out = ""
    let isError = diagnostic.severity == .error
    let tone: Style = isError ? .error : .warning
    let firstLine = diagnostic.problem.message.split(separator: "\n", omittingEmptySubsequences: false)
    out += paint("\(diagnostic.severity.rawValue)[\(diagnostic.problem.id)]", tone)
    out += paint(": \(firstLine.first ?? "")", .bold) + "\n"
    for line in firstLine.dropFirst() { out += "  \(line)\n" }
    if let span = diagnostic.span { out += excerpts(of: diagnostic, primary: span, tone) }
    for help in [diagnostic.help, diagnostic.problem.cure].compactMap({ $0 }).prefix(1) {
      out += "   " + paint("= help: ", .help) + help + "\n"
    }
    for line in CallStack(diagnostic.stack, hidden: diagnostic.hiddenFrames).lines {
      out += "   " + paint(line, .dim) + "\n"
    }
    return out
  }

  /// By file in order of first appearance, then by place. Equal places keep their order.
  package static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var files: [String: Int] = [:]
    for diagnostic in diagnostics {
      let name = diagnostic.span?.source.name ?? ""
      if files[name] == nil { files[name] = files.count }
    }
    let keyed = diagnostics.enumerated().map { order, diagnostic in
      (
        file: files[diagnostic.span?.source.name ?? ""] ?? 0, start: diagnostic.span?.start ?? -1, order: order,
        diagnostic
      )
    }
    return keyed.sorted { ($0.file, $0.start, $0.order) < ($1.file, $1.start, $1.order) }.map(\.3)
  }

  private func excerpts(of diagnostic: Diagnostic, primary: Span, _ tone: Style) -> String {
    // A label on the span of the problem is the text behind its carets.
    let own = diagnostic.labels.first { $0.span.isSame(as: primary) }
    let others = diagnostic.labels.filter { !$0.span.isSame(as: primary) }
    let place = primary.source.location(primary.start)
    let lines = [place.line] + others.map { $0.span.source.location($0.span.start).line }
    let gutter = lines.map { String($0).count }.max() ?? 1

    var out = "  " + paint("-->", .gutter) + " \(primary.source.name):\(place.line):\(place.column)\n"
    var last = Excerpt(primary, text: own?.text ?? "", mark: "^", maximumWidth)
    out += draw(last, gutter: gutter, tone)
    var source = primary.source
    for label in others {
      let isSameFile = label.span.source === source
      if !isSameFile {
        source = label.span.source
        let place = source.location(label.span.start)
        out += "  " + paint(":::", .gutter) + " \(source.name):\(place.line):\(place.column)\n"
      }
      let excerpt = Excerpt(label.span, text: label.text, mark: "-", maximumWidth)
      // A second mark in the line just shown needs no second copy of it.
      let isSameLine = isSameFile && excerpt.line == last.line && excerpt.source == last.source
      out += draw(excerpt, gutter: gutter, .label, showsSource: !isSameLine)
      last = excerpt
    }
    return out
  }

  private func draw(_ excerpt: Excerpt, gutter: Int, _ tone: Style, showsSource: Bool = true) -> String {
    let number = String(excerpt.line)
    let margin = "   " + number + String(repeating: " ", count: gutter - number.count) + " |"
    let blank = "   " + String(repeating: " ", count: gutter) + " |"
    let marks = excerpt.marks + (excerpt.text.isEmpty ? "" : " " + excerpt.text)
    let source = excerpt.source.isEmpty ? "" : " " + excerpt.source
    let above = showsSource ? paint(margin, .gutter) + source + "\n" : ""
    return above + paint(blank, .gutter) + " " + excerpt.indent + paint(marks, tone) + "\n"
  }

  private enum Style: String {
    case error = "1;31", warning = "1;33", bold = "1", gutter = "34", label = "36", help = "1;32", dim = "2"
  }

  private func paint(_ text: String, _ style: Style) -> String {
    colour && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}

extension Span {
  fileprivate func isSame(as other: Span) -> Bool {
    source === other.source && start == other.start && end == other.end
  }
}
