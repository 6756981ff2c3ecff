// Comma-separated values, as text and as files.
import Diagnostics
import Tensor
import VM

private let outside = Derivative.none(because: "what is in a file does not depend on the parameters")
private let asText = Derivative.none(because: "text has no derivative")
private let pathParameter = BuiltinParameter(
  "path", .string, .required, "a path; relative ones begin at the current directory")
private let readingParameters = [
  BuiltinParameter("sep", .string, .optional(shownDefault: "\",\""), "one ASCII character between cells"),
  BuiltinParameter(
    "header", .bool, .optional(shownDefault: "true"), "the first row names the columns; `false`: rows are lists"),
  BuiltinParameter(
    "numbers", .bool, .optional(shownDefault: "true"), "columns of numbers become numbers; `false`: all cells are text"),
]
private let rowsParameter = BuiltinParameter(
  "rows", .list, .required, "records with the same keys, or lists of cells of which the first may be the head")
private let separatorParameter = readingParameters[0]
private let reading = """
  Cells in double quotes may hold separators, newlines and doubled quotes. A column is made numbers if every cell that \
  is not empty writes one (`007` does not); an empty cell there is none. A row with more or fewer cells than the first \
  is an error that names its line; empty lines are skipped.
  """

extension Library {
  static let csv: [Builtin] = [parseCSV, toCSV, readCSV, writeCSV]

  private static let parseCSV = Builtin(
    "parse_csv", [BuiltinParameter("s", .string, .required, "CSV text")] + readingParameters,
    summary: "The rows of CSV text, as a list of records.", details: reading,
    example: "print(parse_csv(\"name,n\\nann,1\\n\\\"bo, b\\\",2\\n\"))",
    expected: #"[{name: "ann", n: 1}, {name: "bo, b", n: 2}]"#, derivative: asText
  ) { call in try call.csvRows(try call.string(0).utf8, name: "the CSV text") }

  private static let readCSV = Builtin(
    "read_csv", [pathParameter] + readingParameters, summary: "The rows of a CSV file, as a list of records.",
    details: reading, example: "try { read_csv(\"no/such/file\") } catch e { print(e.kind) }", expected: "file-problem",
    derivative: outside, capability: .files
  ) { call in
    let name = "`\(try call.path(0))`"
    return try call.withFileText(0) { try call.csvRows($0, name: name) }
  }

  private static let toCSV = Builtin(
    "to_csv", [rowsParameter, separatorParameter], summary: "Rows as CSV text.",
    details: "Cells that hold separators, quotes or newlines are quoted; none is an empty cell.",
    example: "print(to_csv([{name: \"a, b\", n: 1}]))", expected: "name,n\n\"a, b\",1\n", derivative: asText
  ) { call in
    var buffer = TextBuffer()
    defer { buffer.free() }
    try call.writeCSV(0, separator: call.separator(1), into: &buffer)
    return call.heap.string(buffer)
  }

  private static let writeCSV = Builtin(
    "write_csv", [pathParameter, rowsParameter, separatorParameter], summary: "Makes a CSV file of rows.",
    details: "As `to_csv` and `write_text`: the file that was there stays until the new one is complete.",
    example: "let path = path_join(temporary_directory(), \"a.csv\")\nwrite_csv(path, [{a: 1}, {a: 2}])\n"
      + "print(read_csv(path))",
    expected: "[{a: 1}, {a: 2}]", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    var buffer = TextBuffer()
    defer { buffer.free() }
    try call.writeCSV(1, separator: call.separator(2), into: &buffer)
    try FileWriting.replace(path, with: buffer.utf8, machine: call.machine)
    return .none
  }
}

extension Call {
  /// One ASCII character that is no quote and ends no line.
  fileprivate func separator(_ index: Int) throws -> UInt8 {
    if isMissing(index) { return UInt8(ascii: ",") }
    let text = try string(index)
    guard text.byteCount == 1, let byte = text.utf8.first, byte < 0x80, !"\"\n\r".utf8.contains(byte) else {
      throw wrong(index, "one ASCII character")
    }
    return byte
  }

  /// The rows of a text by the arguments behind the first.
  fileprivate func csvRows(_ text: UnsafeBufferPointer<UInt8>, name: String) throws -> Value {
    let hasHeader = try bool(2, default: true)
    var reader = CSVReader(text, name: name, separator: try separator(1), machine)
    let table = try reader.rows()
    if try bool(3, default: true) { CSVReader.convertNumbers(ListRef(table), from: hasHeader ? 1 : 0, heap) }
    if !hasHeader { return table }
    defer { heap.release(table) }
    let rows = ListRef(table)
    guard rows.count > 0 else { return heap.list(capacity: 0) }
    let head = ListRef(rows[0])
    let known = heap.record(capacity: head.count)
    defer { heap.release(known) }
    for column in head.buffer {
      if RecordRef(known).lookup(column, heap) != nil {
        throw Diagnostic(
          .badText(name: name, line: 1, column: 1, detail: "two columns have the name \(try heap.repr(column))"),
          at: nil,
          help: "`header: false` gives lists")
      }
      RecordRef(known).insert(heap.retained(column), .none, heap)
    }
    return try building(capacity: rows.count - 1) { list in
      for row in 1..<max(1, rows.count) {
        let cells = ListRef(rows[row])
        let record = heap.record(capacity: head.count)
        for column in 0..<head.count {
          RecordRef(record).insert(heap.retained(head[column]), heap.retained(cells[column]), heap)
        }
        list.append(record, heap)
      }
    }
  }

  /// Appends the rows in argument `index`.
  fileprivate func writeCSV(_ index: Int, separator: UInt8, into buffer: inout TextBuffer) throws {
    let rows = try list(index)
    guard rows.count > 0 else { return }
    let isRecords = rows[0].tag == .record
    let keys = isRecords ? RecordRef(rows[0]) : nil
    if let keys {
      try row(keys.count, separator, &buffer) { keys.key(at: $0, heap) }
    }
    for (number, value) in rows.buffer.enumerated() {
      if number & 1023 == 1023 { try heap.reserve(bytes: buffer.count) }
      guard value.tag == rows[0].tag, isRecords || value.tag == .list else {
        throw wrong(index, "rows that are all records or all lists (item \(number))", found: value)
      }
      if let keys {
        let record = RecordRef(value)
        if record.count != keys.count { throw otherKeys(number) }
        try row(keys.count, separator, &buffer) { column in
          guard let cell = record.lookup(keys.key(at: column, heap), heap) else { throw otherKeys(number) }
          return cell
        }
      } else {
        let cells = ListRef(value)
        if cells.count != ListRef(rows[0]).count {
          throw bad("row \(number) has \(cells.count) cells, but row 0 has \(ListRef(rows[0]).count)")
        }
        try row(cells.count, separator, &buffer) { cells[$0] }
      }
    }
  }

  private func otherKeys(_ number: Int) -> Diagnostic {
    bad("the record number \(number) has other keys than the first", help: "`select(r, keys)` gives it the same ones")
  }

  private func row(
    _ count: Int, _ separator: UInt8, _ buffer: inout TextBuffer, _ cell: (Int) throws -> Value
  ) throws {
    for column in 0..<count {
      if column > 0 { buffer.append(byte: separator) }
      let value = try cell(column)
      if value.tag == .none { continue }
      let start = buffer.count
      try heap.display(value, into: &buffer)
      let text = buffer.utf8[start...]
      let needsQuotes =
        text.contains { $0 == separator || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }
        || (count == 1 && text.isEmpty)
      if !needsQuotes { continue }
      let bytes = Array(text)
      buffer.truncate(to: start)
      buffer.append(byte: UInt8(ascii: "\""))
      for byte in bytes {
        if byte == UInt8(ascii: "\"") { buffer.append(byte: byte) }
        buffer.append(byte: byte)
      }
      buffer.append(byte: UInt8(ascii: "\""))
    }
    buffer.append(byte: UInt8(ascii: "\n"))
  }
}
