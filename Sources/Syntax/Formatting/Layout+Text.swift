// The text of the lines. Columns stay aligned where neighbouring lines had them so in the source: the `=` of statements,
// the help of params, the values of fields, and comments at the ends of lines, which move only as far as they must.

extension Layout {
  /// A line as it is written, and what is aligned in it.
  private struct Row {
    let line: Line
    /// Extra spaces in front of atoms.
    var padding: [Int: Int] = [:]
    /// Nothing stands between the row above and this one.
    var joinsAbove = false
  }

  func text() -> [UInt8] {
    var rows = lines().map { Row(line: $0) }
    for index in rows.indices.dropFirst() {
      let first = atoms[rows[index].line.atoms.lowerBound]
      rows[index].joinsAbove = first.comments.isEmpty && !first.isAfterBlank
    }
    align(&rows, assignment, gap: 1)
    align(&rows, fieldValue, gap: 1)
    align(&rows, parameterHelp, gap: 3)
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count + 64)
    let codes = rows.map { code($0, upTo: $0.line.atoms.upperBound) }
    let columns = commentColumns(rows, codes.map { lastLineWidth($0) })
    for (index, row) in rows.enumerated() {
      comments(above: row, &output)
      output += codes[index]
      if let last = row.line.atoms.last {
        for (number, comment) in atoms[last].trailing.enumerated() {
          let width = number == 0 ? lastLineWidth(codes[index]) : 0
          if number > 0 { output.append(UInt8(ascii: "\n")) }
          output += spaces(columns[index] - width) + bytes[comment]
        }
      }
      if !codes[index].isEmpty { output.append(UInt8(ascii: "\n")) }
    }
    return output
  }

  private func spaces(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: " "), count: max(0, count)) }

  /// Empty lines and comments in front of a line.
  private func comments(above row: Row, _ output: inout [UInt8]) {
    let first = atoms[row.line.atoms.lowerBound]
    let isFirst = row.line.atoms.lowerBound == 0
    let closes = first.kind.opening != nil && first.bracket >= 0
    let begins = !isFirst && atoms[row.line.atoms.lowerBound - 1].kind.closing != nil
    let indent = spaces(row.line.indent + (closes ? Formatter.step : 0))
    for (number, comment) in first.comments.enumerated() {
      let mayBeBlank = !output.isEmpty && !(begins && number == 0)
      if comment.isAfterBlank && mayBeBlank { output.append(UInt8(ascii: "\n")) }
      output += indent + bytes[comment.text] + [UInt8(ascii: "\n")]
    }
    let mayBeBlank = !output.isEmpty && !closes && first.kind != .end && !(begins && first.comments.isEmpty)
    let goesOn = !first.startsStatement && (first.group < 0 || groups[first.group].shape == .block)
    if first.isAfterBlank && mayBeBlank && !(goesOn && first.comments.isEmpty) { output.append(UInt8(ascii: "\n")) }
  }

  /// The indentation and the atoms of a row in front of atom `end`.
  private func code(_ row: Row, upTo end: Int) -> [UInt8] {
    let line = row.line
    if atoms[line.atoms.lowerBound].kind == .end { return [] }
    var text = spaces(line.indent)
    for index in line.atoms where index < end && atoms[index].kind != .end {
      if index > line.atoms.lowerBound {
        if atoms[index].isAfterSemicolon { text.append(UInt8(ascii: ";")) }
        if isSpaced(index) { text.append(UInt8(ascii: " ")) }
        if let extra = row.padding[index] { text += spaces(extra) }
      }
      text += bytes[atoms[index].start..<atoms[index].end]
      if hasComma(index) { text.append(UInt8(ascii: ",")) }
    }
    return text
  }

  private func lastLineWidth(_ text: [UInt8]) -> Int {
    let start = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return text[start...].reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) }
  }

  // MARK: Alignment

  /// Calls `body` for each run of at least two neighbouring rows with something at the same column of the source.
  private func runs(_ rows: [Row], _ column: (Int) -> Int?, _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < rows.count {
      guard let place = column(start) else {
        start += 1
        continue
      }
      var end = start + 1
      while end < rows.count, rows[end].joinsAbove, column(end) == place { end += 1 }
      body(start..<end)
      start = end
    }
  }

  private func align(_ rows: inout [Row], _ point: (Line) -> Int?, gap: Int) {
    let points = rows.map { point($0.line) }
    var paddings: [(Int, Int, Int)] = []
    runs(rows, { index in points[index].map { atoms[$0].column } }) { run in
      // Columns in the source are aligned on purpose if some gap is wider than needed.
      let isMeant = run.contains { row in points[row].map { gapInSource($0) > 1 } ?? false }
      guard isMeant, run.count > 1, Set(run.map { rows[$0].line.indent }).count == 1 else { return }
      let widths = run.map { row in points[row].map { lastLineWidth(code(rows[row], upTo: $0)) } ?? 0 }
      guard let widest = widths.max().map({ $0 + gap - 1 }) else { return }
      let lengths = run.map { row in lastLineWidth(code(rows[row], upTo: rows[row].line.atoms.upperBound)) }
      guard zip(widths, lengths).allSatisfy({ $1 + widest - $0 <= maximumWidth }) else { return }
      for (row, width) in zip(run, widths) where width < widest {
        if let atom = points[row] { paddings.append((row, atom, widest - width)) }
      }
    }
    for (row, atom, extra) in paddings { rows[row].padding[atom] = extra }
  }

  private func gapInSource(_ index: Int) -> Int {
    guard index > 0 else { return 0 }
    var count = 0
    var place = atoms[index].start
    while place > 0, bytes[place - 1] == UInt8(ascii: " ") {
      place -= 1
      count += 1
    }
    return count
  }

  /// The `=` of a statement that begins the line.
  private func assignment(_ line: Line) -> Int? {
    let first = line.atoms.lowerBound
    guard atoms[first].startsStatement, atoms[first].kind != .fnWord else { return nil }
    return line.atoms.first { atoms[$0].kind == .assign && atoms[$0].group == atoms[first].group }
  }

  /// The text behind the default of a param.
  private func parameterHelp(_ line: Line) -> Int? {
    let first = line.atoms.lowerBound
    guard atoms[first].startsStatement, isWord(first, "param"), let last = line.atoms.last, last > first + 3 else {
      return nil
    }
    return atoms[last].kind == .string && atoms[last - 1].kind != .assign ? last : nil
  }

  /// The value of a field that begins the line.
  private func fieldValue(_ line: Line) -> Int? {
    let first = line.atoms.lowerBound
    let group = atoms[first].group
    guard group >= 0, groups[group].shape == .record, line.atoms.count > 2, atoms[first + 1].kind == .colon else {
      return nil
    }
    return first + 2
  }

  /// Where the comment behind each row begins: where it stood, if two spaces fit in between; a block of comments moves as
  /// one.
  private func commentColumns(_ rows: [Row], _ widths: [Int]) -> [Int] {
    var columns = widths.map { $0 + 2 }
    func atom(_ row: Int) -> Atom? {
      rows[row].line.atoms.last.flatMap { atoms[$0].trailing.isEmpty ? nil : atoms[$0] }
    }
    var joined = rows
    for row in rows.indices.dropFirst() where (atom(row - 1)?.trailing.count ?? 1) > 1 {
      joined[row].joinsAbove = false
    }
    runs(joined, { atom($0)?.trailingColumn }) { run in
      let place = max((atom(run.lowerBound)?.trailingColumn ?? 1) - 1, (run.map { widths[$0] }.max() ?? 0) + 2)
      for row in run { columns[row] = place }
    }
    return columns
  }
}
