// Values as a session shows them. What fits on a line is written as in a script; longer records have a field a line,
// longer lists an item a line, lists of records with the same fields are tables. Tensors say element type and shape and
// show at most their first and last rows and columns (SessionDisplay+Tensors). Reading a value's text never runs more
// than `maximumItems` items of a level, `maximumDepth` levels deep.
import Tensor
import VM

struct SessionDisplay {
  let heap: Heap
  let machine: Machine
  let width: Int
  static let maximumItems = 20
  static let maximumDepth = 6
  /// Tensors of more elements are named by their type inside other values.
  static let shownElements = 8

  init(_ heap: Heap, _ machine: Machine, width: Int) {
    self.heap = heap
    self.machine = machine
    self.width = max(30, width)
  }

  /// The value, in as many lines as it needs.
  func text(_ value: Value) throws -> String {
    switch value.tag {
    case .tensor where tensorNode(value).rank > 0: return try tensor(tensorNode(value))
    case .list:
      if let rows = try table(ListRef(value)) { return rows }
      if let line = try fitting(value) { return line }
      return try items(ListRef(value))
    case .record:
      if let line = try fitting(value) { return line }
      return try fields(RecordRef(value))
    default: return try inline(value)
    }
  }

  /// What kind of value it is.
  func type(_ value: Value) -> String {
    switch value.tag {
    case .list: "list of \(ListRef(value).count)"
    case .record: "record \(keys(RecordRef(value)))"
    case .string: "string of \(String(decoding: StringRef(value).utf8, as: UTF8.self).unicodeScalars.count) characters"
    case .tensor: tensorType(tensorNode(value))
    case .builtin, .closure: "function \(machine.signature(value))"
    default: value.isFunction ? "function \(machine.signature(value))" : "\(heap.kindName(value))"
    }
  }

  private func keys(_ record: RecordRef) -> String {
    let count = min(record.count, SessionDisplay.maximumItems)
    let names = (0..<count).compactMap { try? inline(record.key(at: $0, heap), isKey: true) }
    return "{" + names.joined(separator: ", ") + (count < record.count ? ", ... \(record.count - count) more" : "")
      + "}"
  }

  // MARK: On one line

  /// The text on one line; nil if that is longer than the screen.
  private func fitting(_ value: Value) throws -> String? {
    let line = try inline(value)
    return length(line) <= width ? line : nil
  }

  func length(_ text: String) -> Int { text.unicodeScalars.count }

  /// A value inside others, on one line; what does not fit ends in `...`.
  func inline(_ value: Value, isKey: Bool = false, depth: Int = 0) throws -> String {
    switch value.tag {
    case .string:
      let text = String(decoding: StringRef(value).utf8, as: UTF8.self)
      if isKey, isName(text) { return text }
      return isKey ? "[\(try heap.repr(value))]" : try heap.repr(value)
    case .tensor where tensorNode(value).rank > 0:
      let node = tensorNode(value)
      return node.count > SessionDisplay.shownElements || node.rank > 1 ? tensorType(node) : try heap.repr(value)
    case .builtin, .closure: return "<\(type(value))>"
    case .list:
      let list = ListRef(value)
      if depth >= SessionDisplay.maximumDepth { return "[...]" }
      return "[" + (try parts(list.count) { try inline(list[$0], depth: depth + 1) }) + "]"
    case .record:
      let record = RecordRef(value)
      if depth >= SessionDisplay.maximumDepth { return "{...}" }
      let inner = try parts(record.count) { index in
        let key = try inline(record.key(at: index, heap), isKey: true)
        return key + ": " + (try inline(record.value(at: index, heap), depth: depth + 1))
      }
      return "{" + inner + "}"
    default: return isKey ? "[\(try heap.repr(value))]" : try heap.repr(value)
    }
  }

  private func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy {
      $0 == 0x5F || $0 >= 0x80 || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
    }
  }

  /// Items joined by commas, as many as a line can hold.
  private func parts(_ count: Int, _ part: (Int) throws -> String) throws -> String {
    var text = ""
    for index in 0..<count {
      if index > 0 { text += ", " }
      // Longer than the screen already: nobody sees the rest.
      if index >= 4 * SessionDisplay.maximumItems || length(text) > 2 * width {
        return text + "... \(count - index) more"
      }
      text += try part(index)
    }
    return text
  }

  private func cut(_ text: String, _ room: Int) -> String {
    length(text) <= room ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(1, room - 3)))) + "..."
  }

  // MARK: On several lines

  private func fields(_ record: RecordRef) throws -> String {
    let count = min(record.count, 2 * SessionDisplay.maximumItems)
    let names = try (0..<count).map { try inline(record.key(at: $0, heap), isKey: true) + ":" }
    let column = min(names.map(length).max() ?? 0, width / 2)
    var text = "{\n"
    for (index, name) in names.enumerated() {
      let gap = String(repeating: " ", count: max(1, column - length(name) + 1))
      let value = try inline(record.value(at: index, heap))
      text += "    \(name)\(gap)\(cut(value, width - column - 6))\n"
    }
    if count < record.count { text += "    ... \(record.count - count) more\n" }
    return text + "}"
  }

  private func items(_ list: ListRef) throws -> String {
    var text = "[\n"
    let count = min(list.count, SessionDisplay.maximumItems)
    for index in 0..<count { text += "    " + cut(try inline(list[index]), width - 5) + ",\n" }
    if count < list.count { text += "    ... \(list.count - count) more\n" }
    return text + "]"
  }

  /// A list of at least two records with the same few fields and no lists or records in them; nil for others.
  private func table(_ list: ListRef) throws -> String? {
    guard list.count > 1, list[0].tag == .record else { return nil }
    let first = RecordRef(list[0])
    let columns = first.count
    guard columns > 0, columns <= 16 else { return nil }
    let count = min(list.count, SessionDisplay.maximumItems)
    let heads = try (0..<columns).map { try inline(first.key(at: $0, heap), isKey: true) }
    var rows = [heads]
    var isNumber = [Bool](repeating: true, count: columns)
    for index in 0..<count {
      guard list[index].tag == .record else { return nil }
      let record = RecordRef(list[index])
      guard record.count == columns else { return nil }
      var row: [String] = []
      for column in 0..<columns {
        guard try inline(record.key(at: column, heap), isKey: true) == heads[column] else { return nil }
        let value = record.value(at: column, heap)
        if value.tag == .list || value.tag == .record { return nil }
        isNumber[column] = isNumber[column] && (value.tag == .int || value.tag == .float || value.tag == .tensor)
        row.append(cut(try inline(value), 40))
      }
      rows.append(row)
    }
    var text = aligned(rows, isRight: isNumber, separator: "  ")
    guard text.split(separator: "\n").allSatisfy({ length(String($0)) <= width }) else { return nil }
    if count < list.count { text += "... \(list.count - count) more\n" }
    return String(text.dropLast())
  }

  /// Rows of cells, each column as wide as its widest cell.
  func aligned(_ rows: [[String]], isRight: [Bool], separator: String) -> String {
    let widths = isRight.indices.map { column in rows.map { length($0[column]) }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - length(cell))
        if column > 0 { line += separator }
        line += isRight[column] ? space + cell : cell + (column + 1 < row.count ? space : "")
      }
      return line + "\n"
    }.joined()
  }
}
