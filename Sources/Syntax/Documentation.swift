// `##` lines: neighbouring ones make a block, which belongs to what follows directly below it; the first block of a
// file describes the file.
import Diagnostics

struct DocumentationCollector {
  private var lines: [Range<Int>] = []

  var isOpen: Bool { !lines.isEmpty }

  mutating func add(line: Range<Int>) { lines.append(line) }

  /// The blocks collected so far; `next` is where the next token begins.
  mutating func close(_ source: SourceFile, next: Int) -> [DocumentationBlock] {
    defer { lines = [] }
    let nextLine = source.location(next).line
    var blocks: [DocumentationBlock] = []
    var group: [Range<Int>] = []
    var lastLine = -1
    func flush() {
      guard let first = group.first, let last = group.last else { return }
      let text = group.map { line in
        var content = source.bytes[(line.lowerBound + 2)..<line.upperBound]
        if content.first == UInt8(ascii: " ") { content = content.dropFirst() }
        while let end = content.last, end == UInt8(ascii: "\r") || end == UInt8(ascii: " ") {
          content = content.dropLast()
        }
        return String(decoding: content, as: UTF8.self)
      }
      let span = Span(source, first.lowerBound, last.upperBound)
      blocks.append(
        DocumentationBlock(
          text: text.joined(separator: "\n"), span: span, next: next, isAttached: lastLine + 1 == nextLine))
    }
    for line in lines {
      let number = source.location(line.lowerBound).line
      if number != lastLine + 1 {
        flush()
        group = []
      }
      group.append(line)
      lastLine = number
    }
    flush()
    return blocks
  }
}
