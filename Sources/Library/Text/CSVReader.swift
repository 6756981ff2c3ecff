// Reads comma-separated values (RFC 4180): cells in double quotes may hold separators, newlines and doubled quotes. Rows
// are cells of text first; a column whose cells all write numbers becomes numbers then.
import Diagnostics
import Tensor
import VM

struct CSVReader {
  private let text: UnsafeBufferPointer<UInt8>
  private let name: String
  private let separator: UInt8
  private let machine: Machine
  private let heap: Heap
  private var at = 0
  private var line = 1

  /// `name` is what messages call the text: a path, or "the CSV text".
  init(_ text: UnsafeBufferPointer<UInt8>, name: String, separator: UInt8, _ machine: Machine) {
    self.text = text
    self.name = name
    self.separator = separator
    self.machine = machine
    heap = machine.heap
  }

  /// A list of rows, each a list of strings with as many cells as the first; owned. Empty lines are skipped.
  mutating func rows() throws -> Value {
    let rows = heap.list(capacity: 16)
    do {
      if text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF { at = 3 }
      var width: (count: Int, line: Int)?
      while at < text.count {
        if line & 1023 == 0 { try machine.pollLimits() }
        if endsLine() { continue }
        let start = line
        let row = heap.list(capacity: width?.count ?? 8)
        ListRef(rows).append(row, heap)
        try cells(ListRef(row))
        let count = ListRef(row).count
        if let width, width.count != count {
          throw problem(
            "this row has \(count) cell\(count == 1 ? "" : "s"), but line \(width.line) has \(width.count)", line: start
          )
        }
        if width == nil { width = (count, start) }
      }
      return rows
    } catch {
      heap.release(rows)
      throw error
    }
  }

  /// Takes the end of a line, if there is one here.
  private mutating func endsLine() -> Bool {
    if text[at] == UInt8(ascii: "\r"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "\n") { at += 1 }
    guard text[at] == UInt8(ascii: "\n") else { return false }
    at += 1
    line += 1
    return true
  }

  private mutating func cells(_ row: ListRef) throws {
    while true {
      row.append(try at < text.count && text[at] == UInt8(ascii: "\"") ? quoted() : plain(), heap)
      if at == text.count { return }
      if text[at] == separator {
        at += 1
        continue
      }
      if endsLine() { return }
      throw problem("there is text behind a closing quote; a quote inside a cell is written twice")
    }
  }

  private mutating func plain() throws -> Value {
    let start = at
    while at < text.count, text[at] != separator, text[at] != UInt8(ascii: "\n") {
      if text[at] == UInt8(ascii: "\r"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "\n") { break }
      at += 1
    }
    return heap.string(utf8: UnsafeBufferPointer(rebasing: text[start..<at]))
  }

  private mutating func quoted() throws -> Value {
    let (place, start) = (at, line)
    at += 1
    var buffer = TextBuffer(capacity: 64)
    defer { buffer.free() }
    while at < text.count {
      let byte = text[at]
      at += 1
      if byte == UInt8(ascii: "\"") {
        if at == text.count || text[at] != UInt8(ascii: "\"") { return heap.string(buffer) }
        at += 1
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      buffer.append(byte: byte)
    }
    at = place
    throw problem("the quote that opens here is never closed", line: start)
  }

  private func problem(_ detail: String, line: Int? = nil) -> Diagnostic {
    Diagnostic(
      .badText(
        name: name, line: line ?? self.line, column: line == nil ? textPlace(text, at).column : 1, detail: detail),
      at: nil)
  }
}

// MARK: Columns

extension CSVReader {
  private enum Kind { case empty, integers, floats, text }

  /// Makes numbers of the columns that hold numbers alone: integers or floats, none for an empty cell there. `first` is
  /// the first row that counts.
  static func convertNumbers(_ rows: ListRef, from first: Int, _ heap: Heap) {
    guard rows.count > first else { return }
    for column in 0..<ListRef(rows[first]).count {
      var kind = Kind.empty
      for row in first..<rows.count {
        kind = widened(kind, StringRef(ListRef(rows[row])[column]).utf8)
        if kind == .text { break }
      }
      if kind == .text || kind == .empty { continue }
      for row in first..<rows.count {
        let place = ListRef(rows[row]).items + column
        let cell = StringRef(place.pointee)
        let text = cell.string
        let number: Value =
          if cell.byteCount == 0 { .none } else if kind == .integers, let whole = Int(text) { Value(whole) } else {
            Double(text).map { Value($0) } ?? .none
          }
        heap.replace(place, with: number)
      }
    }
  }

  private static func widened(_ kind: Kind, _ cell: UnsafeBufferPointer<UInt8>) -> Kind {
    if cell.isEmpty { return kind }
    var digits = cell[...]
    if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
    let isWhole = digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    // 007 is a name and not a number.
    guard let first = digits.first, let last = digits.last, first >= 0x30, first <= 0x39, last >= 0x30, last <= 0x39,
      digits.count == 1 || first != 0x30 || !(digits.dropFirst().first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false)
    else { return .text }
    let text = String(decoding: cell, as: UTF8.self)
    if isWhole && Int(text) != nil { return kind == .floats ? .floats : .integers }
    let hasOnlyParts = digits.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ".eE+-".utf8.contains($0) }
    return hasOnlyParts && Double(text)?.isFinite == true ? .floats : .text
  }
}
