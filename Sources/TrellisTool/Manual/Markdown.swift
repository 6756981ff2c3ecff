// The Markdown that the manual and `##` comments are written in, as HTML: headings, paragraphs, lists, tables, fenced
// blocks, `code`, *emphasis*, **strong**, [links](page.html#place). Everything else is text and is escaped.

struct Markdown {
  /// A heading that was written, for the table of contents and the search index.
  struct Heading {
    let level: Int
    let text: String
    let id: String
  }

  /// Where a name in backquotes leads; nil for names without a page.
  let link: (String) -> String?
  /// Puts `id` in front of the ids of headings, so that several texts share a page.
  var prefix = ""
  private(set) var headings: [Heading] = []
  private var html = ""
  private var paragraph: [Substring] = []

  init(link: @escaping (String) -> String?) { self.link = link }

  mutating func render(_ text: String) -> String {
    html = ""
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var index = 0
    while index < lines.count {
      let line = lines[index]
      let bare = line.drop { $0 == " " }
      if bare.hasPrefix("```") {
        flush()
        index = fence(lines, index)
      } else if bare.hasPrefix("|") {
        flush()
        index = table(lines, index)
      } else if line.hasPrefix("- ") {
        flush()
        index = list(lines, index)
      } else if line.hasPrefix("#") {
        flush()
        heading(line)
        index += 1
      } else {
        if bare.isEmpty { flush() } else { paragraph.append(line) }
        index += 1
      }
    }
    flush()
    return html
  }

  private mutating func flush() {
    if !paragraph.isEmpty { html += "<p>\(inline(paragraph.joined(separator: "\n")))</p>\n" }
    paragraph = []
  }

  private mutating func heading(_ line: Substring) {
    let level = line.prefix { $0 == "#" }.count
    let text = String(line.dropFirst(level).drop { $0 == " " })
    let id = prefix + Markdown.id(text)
    headings.append(Heading(level: level, text: text, id: id))
    html += "<h\(level) id=\"\(id)\">\(inline(text)) <a class=\"self\" href=\"#\(id)\">#</a></h\(level)>\n"
  }

  /// `Index brackets` is found at `#index-brackets`.
  static func id(_ text: String) -> String {
    var id = ""
    for character in text.lowercased() {
      if character.isLetter || character.isNumber { id.append(character) } else if id.last != "-" { id += "-" }
    }
    while id.last == "-" { id.removeLast() }
    return id
  }

  private mutating func fence(_ lines: [Substring], _ start: Int) -> Int {
    let indent = lines[start].prefix { $0 == " " }.count
    let language = lines[start].dropFirst(indent + 3)
    var end = start + 1
    var content: [Substring] = []
    while end < lines.count, !lines[end].drop(while: { $0 == " " }).hasPrefix("```") {
      content.append(lines[end].dropFirst(min(indent, lines[end].prefix { $0 == " " }.count)))
      end += 1
    }
    let code = content.joined(separator: "\n")
    let isScript = language.isEmpty || language == "trellis"
    html += "<pre><code>\(isScript ? Highlight.html(code) : Markdown.escaped(code))</code></pre>\n"
    return min(end + 1, lines.count)
  }

  private mutating func table(_ lines: [Substring], _ start: Int) -> Int {
    var end = start
    html += "<div class=\"table\"><table>\n"
    while end < lines.count, lines[end].hasPrefix("|") {
      let cells = Markdown.cells(lines[end])
      if cells.allSatisfy({ $0.allSatisfy { "-: ".contains($0) } && $0.contains("-") }) {
        end += 1
        continue
      }
      let tag = end == start ? "th" : "td"
      html += "<tr>" + cells.map { "<\(tag)>\(inline($0))</\(tag)>" }.joined() + "</tr>\n"
      end += 1
    }
    html += "</table></div>\n"
    return end
  }

  /// `\|` is a bar in a cell.
  private static func cells(_ line: Substring) -> [String] {
    var cells = [""]
    var isEscaped = false
    for character in line.dropFirst() {
      if isEscaped {
        if character != "|" { cells[cells.count - 1].append("\\") }
        cells[cells.count - 1].append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "|" {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
    }
    return cells.dropLast().map { String($0.drop { $0 == " " }) }
  }

  private mutating func list(_ lines: [Substring], _ start: Int) -> Int {
    var items: [String] = []
    var end = start
    while end < lines.count {
      if lines[end].hasPrefix("- ") {
        items.append(String(lines[end].dropFirst(2)))
      } else if lines[end].hasPrefix("  "), !items.isEmpty {
        items[items.count - 1] += "\n" + lines[end].dropFirst(2)
      } else {
        break
      }
      end += 1
    }
    html += "<ul>\n" + items.map { "<li>\(inline($0))</li>\n" }.joined() + "</ul>\n"
    return end
  }

  // MARK: Inside a line

  func inline(_ text: String) -> String {
    var html = ""
    var rest = Substring(text)
    while let character = rest.first {
      if character == "`", let end = rest.dropFirst().firstIndex(of: "`") {
        let code = rest[rest.index(after: rest.startIndex)..<end]
        html += self.code(String(code.split(separator: "\n").joined(separator: " ")))
        rest = rest[rest.index(after: end)...]
      } else if rest.hasPrefix("**"), let end = Markdown.range(of: "**", in: rest.dropFirst(2)) {
        html += "<strong>\(inline(String(rest.dropFirst(2)[..<end])))</strong>"
        rest = rest[rest.index(end, offsetBy: 2)...]
      } else if character == "*", let next = rest.dropFirst().first, next.isLetter,
        let end = rest.dropFirst().firstIndex(of: "*")
      {
        html += "<em>\(inline(String(rest[rest.index(after: rest.startIndex)..<end])))</em>"
        rest = rest[rest.index(after: end)...]
      } else if character == "[", let link = Markdown.linkParts(rest) {
        html += "<a href=\"\(Markdown.escaped(link.target))\">\(inline(link.text))</a>"
        rest = link.rest
      } else {
        html += Markdown.escaped(String(character))
        rest = rest.dropFirst()
      }
    }
    return html
  }

  private func code(_ text: String) -> String {
    let name = text.prefix { $0 != "(" }
    let shown = "<code>\(Markdown.escaped(text))</code>"
    guard let target = link(String(name)) else { return shown }
    return "<a href=\"\(Markdown.escaped(target))\">\(shown)</a>"
  }

  private static func range(of mark: String, in text: Substring) -> Substring.Index? {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index...].hasPrefix(mark) { return index }
      index = text.index(after: index)
    }
    return nil
  }

  /// `[text](target)` at the beginning of `rest`. Other brackets are text: shapes stand everywhere.
  private static func linkParts(_ rest: Substring) -> (text: String, target: String, rest: Substring)? {
    guard let close = rest.firstIndex(of: "]") else { return nil }
    let behind = rest[rest.index(after: close)...]
    guard behind.first == "(", let end = behind.firstIndex(of: ")") else { return nil }
    let target = behind[behind.index(after: behind.startIndex)..<end]
    guard target.contains(".html") || target.hasPrefix("#") else { return nil }
    let text = rest[rest.index(after: rest.startIndex)..<close]
    return (String(text), String(target), behind[behind.index(after: end)...])
  }

  static func escaped(_ text: String) -> String {
    var html = ""
    for character in text {
      switch character {
      case "<": html += "&lt;"
      case ">": html += "&gt;"
      case "&": html += "&amp;"
      case "\"": html += "&quot;"
      default: html.append(character)
      }
    }
    return html
  }
}
