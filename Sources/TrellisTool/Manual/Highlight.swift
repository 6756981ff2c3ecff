// Scripts as HTML: comments, strings, numbers and words of the language in spans; what an example prints, `# expect: x`,
// stands out. A scan over characters; whatever is no script comes out as text.
import Trellis

enum Highlight {
  private static let words = Set(Engine.keywords + ["param", "test", "rec", "by", "as"])

  static func html(_ code: String) -> String {
    code.split(separator: "\n", omittingEmptySubsequences: false).map { line(Substring($0)) }.joined(separator: "\n")
  }

  private static func line(_ line: Substring) -> String {
    var html = ""
    var rest = line
    while let first = rest.first {
      if first == "#" {
        return html + comment(rest)
      } else if first == "\"" {
        let end = stringEnd(rest)
        html += span("s", rest[..<end])
        rest = rest[end...]
      } else if first.isLetter || first == "_" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        html += words.contains(String(word)) ? span("k", word) : Markdown.escaped(String(word))
        rest = rest[word.endIndex...]
      } else if first.isNumber {
        let number = rest.prefix { $0.isNumber || $0.isLetter || $0 == "_" }
        html += span("n", number)
        rest = rest[number.endIndex...]
      } else {
        html += Markdown.escaped(String(first))
        rest = rest.dropFirst()
      }
    }
    return html
  }

  private static func comment(_ text: Substring) -> String {
    let mark = "# expect: "
    guard text.hasPrefix(mark) else { return span("c", text) }
    return "<span class=\"o\">\u{21D2} \(Markdown.escaped(String(text.dropFirst(mark.count))))</span>"
  }

  /// Behind the string that begins `text`; quotes in the braces of a value belong to the value.
  private static func stringEnd(_ text: Substring) -> Substring.Index {
    var index = text.index(after: text.startIndex)
    var depth = 0
    while index < text.endIndex {
      switch text[index] {
      case "\\":
        index = text.index(after: index)
        if index == text.endIndex { return index }
      case "{": depth += 1
      case "}": depth = max(0, depth - 1)
      case "\"" where depth == 0: return text.index(after: index)
      default: break
      }
      index = text.index(after: index)
    }
    return index
  }

  private static func span(_ kind: String, _ text: Substring) -> String {
    "<span class=\"\(kind)\">\(Markdown.escaped(String(text)))</span>"
  }
}
