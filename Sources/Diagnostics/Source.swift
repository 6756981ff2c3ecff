// Source text and places in it. A span is two byte offsets into one source; lines and columns are computed when shown.

/// One script text with the name it is shown under.
package final class SourceFile: Sendable {
  /// Shown name: a path as the user gave it, `stdlib/nn.trl`, `<expression>`, `<stdin>`, `<repl:3>`.
  package let name: String
  package let bytes: [UInt8]
  /// Byte offset of the start of each line.
  package let lineStarts: [Int]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    lineStarts = starts
  }

  /// 1-based line of a byte offset.
  package func line(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// 1-based line and column (in code points) of a byte offset.
  package func location(_ offset: Int) -> (line: Int, column: Int) {
    let low = line(of: offset) - 1
    let end = min(max(offset, lineStarts[low]), bytes.count)
    var column = 1
    for byte in bytes[lineStarts[low]..<end] where byte & 0xC0 != 0x80 { column += 1 }
    return (low + 1, column)
  }
}

/// A stretch of one source: byte offsets `start..<end`.
package struct Span: Sendable {
  package var source: SourceFile
  package var start: Int
  package var end: Int

  package init(_ source: SourceFile, _ start: Int, _ end: Int) {
    self.source = source
    self.start = start
    self.end = end
  }
  /// From the start of this span to the end of `other`.
  package func joined(to other: Span) -> Span { Span(source, start, other.end) }
}
