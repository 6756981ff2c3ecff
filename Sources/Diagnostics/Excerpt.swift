// One source line with a mark under a span. A span over several lines is marked to the end of its first line; a long
// line is cut to a window around the mark.

struct Excerpt {
  let line: Int
  let source: String
  /// Spaces before the marks, the marks themselves and what stands behind them.
  let indent: String
  let marks: String
  let text: String

  init(_ span: Span, text: String, mark: Character, _ maximumWidth: Int) {
    let file = span.source
    line = file.location(span.start).line
    let start = file.lineStarts[line - 1]
    var end = line < file.lineStarts.count ? file.lineStarts[line] - 1 : file.bytes.count
    if end > start, file.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }

    // Of a very long line only the bytes that can be shown count.
    var (left, right) = (start, max(start, end))
    if right - left > 16 * maximumWidth {
      left = max(left, span.start - 4 * maximumWidth)
      right = min(right, span.start + 8 * maximumWidth)
      while left > start, file.bytes[left] & 0xC0 == 0x80 { left -= 1 }
    }
    let display = DisplayLine(file.bytes[left..<max(left, right)])
    let first = display.column(span.start - left)
    let last = max(first + 1, display.column(min(span.end, right) - left))
    self.text = text
    if display.width <= maximumWidth {
      source = Excerpt.trimmed(String(display.text))
      indent = String(repeating: " ", count: first)
      marks = String(repeating: mark, count: last - first)
      return
    }
    // The window keeps some context on the left and shows that something is missing.
    let from = max(0, min(first - maximumWidth / 3, display.width - maximumWidth))
    let to = min(display.width, from + maximumWidth)
    var shown = String.UnicodeScalarView()
    var column = 0
    for scalar in display.text {
      if column >= from && column < to { shown.append(scalar) }
      column += DisplayLine.width(of: scalar)
    }
    let prefix = from > 0 || left > start ? "..." : ""
    source = prefix + Excerpt.trimmed(String(shown)) + (to < display.width || right < end ? "..." : "")
    indent = String(repeating: " ", count: max(0, first - from) + prefix.count)
    marks = String(repeating: mark, count: max(1, min(last, to) - first))
  }

  private static func trimmed(_ text: String) -> String {
    var end = text.endIndex
    while end > text.startIndex, text[text.index(before: end)] == " " { end = text.index(before: end) }
    return String(text[..<end])
  }
}
