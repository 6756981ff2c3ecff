// The text of `table(rows)`: each column as wide as its widest cell as a terminal shows it, numbers to the right. The
// columns of records are their keys, in the order in which they are first met.
import Diagnostics
import Tensor
import VM

struct AlignedTable {
  private struct Cell {
    let text: String
    let width: Int
    let isNumber: Bool
  }

  private let call: Call
  private var heap: Heap { call.heap }
  private var head: [Cell] = []
  private var lines: [[Cell?]] = []

  /// Rows are records, or lists of which the first is the head.
  init(_ rows: ListRef, _ call: Call) throws {
    self.call = call
    let columns = call.heap.record()
    defer { call.heap.release(columns) }
    for (number, row) in rows.buffer.enumerated() {
      if number & 1023 == 1023 { try call.machine.pollLimits() }
      if row.tag != rows[0].tag { throw call.wrong(0, "rows that are all records or all lists", found: row) }
      switch row.tag {
      case .record:
        try add(RecordRef(row), RecordRef(columns))
      case .list:
        let cells = try ListRef(row).buffer.map(cell)
        if number == 0 { head = cells } else { lines.append(cells) }
      default: throw call.wrong(0, "records or lists in the list", found: row)
      }
    }
  }

  private mutating func add(_ record: RecordRef, _ columns: RecordRef) throws {
    var line = [Cell?](repeating: nil, count: head.count)
    for index in 0..<record.count {
      let key = record.key(at: index, heap)
      let cell = try self.cell(record.value(at: index, heap))
      if let column = columns.lookup(key, heap) {
        line[column.int] = cell
      } else {
        columns.insert(heap.retained(key), Value(head.count), heap)
        head.append(made(try heap.display(key), isNumber: false))
        line.append(cell)
      }
    }
    lines.append(line)
  }

  private func cell(_ value: Value) throws -> Cell {
    if value.tag == .tensor, tensorNode(value).rank == 0 { return try cell(heap.number(fromScalar: value)) }
    if value.tag == .float { return made(try heap.format(value, spec: ".6g"), isNumber: true) }
    return made(try heap.display(value), isNumber: value.tag == .int || value.tag == .none)
  }

  /// A newline inside a cell would break the row: it is shown as it is written in a string.
  private func made(_ text: String, isNumber: Bool) -> Cell {
    var shown = text
    if text.utf8.contains(0x0A) {
      shown = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }
    return Cell(text: shown, width: DisplayLine(Array(shown.utf8)[...]).width, isNumber: isNumber)
  }

  var text: String {
    let count = max(head.count, lines.map(\.count).max() ?? 0)
    var widths = [Int](repeating: 0, count: count)
    var isRight = [Bool](repeating: true, count: count)
    for (column, cell) in head.enumerated() { widths[column] = cell.width }
    for line in lines {
      for case (let column, let cell?) in line.enumerated() {
        widths[column] = max(widths[column], cell.width)
        if !cell.isNumber { isRight[column] = false }
      }
    }
    var text = ""
    for line in [head.map { $0 }] + lines where !line.isEmpty {
      var shown = ""
      // Padding is written only in front of something, so that no line ends with spaces.
      var owed = 0
      for (column, cell) in line.enumerated() {
        if column > 0 { owed += 2 }
        let padding = widths[column] - (cell?.width ?? 0)
        if isRight[column] { owed += padding }
        if let cell, !cell.text.isEmpty {
          shown += String(repeating: " ", count: owed) + cell.text
          owed = 0
        }
        if !isRight[column] { owed += padding }
      }
      text += shown + "\n"
    }
    return text
  }
}
