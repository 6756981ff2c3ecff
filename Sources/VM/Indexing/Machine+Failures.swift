// What is wrong with a program of cells, as diagnostics that point at the reads and clauses of the script.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Machine {
  /// The definition that an operation's site names.
  func definition(site: UInt64) -> Definition? {
    var (id, pc) = (Int(site >> 32), Int(site & 0xFFFF_FFFF) - 1)
    if site == 0 {
      guard let place = currentPlace() else { return nil }
      (id, pc) = (place.code.id, place.pc)
    }
    guard id < codes.count, pc >= 0, pc < codes[id].instructions.count else { return nil }
    let instruction = codes[id].instructions[pc]
    guard instruction.op == .define, instruction.b < codes[id].definitions.count else { return nil }
    return codes[id].definitions[instruction.b]
  }

  func diagnostic(_ error: ProgramError) -> Diagnostic {
    switch error {
    case .cycle(let first, let second):
      let span = places.span(first)
      var labels: [Diagnostic.Label] = []
      if let span { labels.append(Diagnostic.Label(span, "this read")) }
      if let other = places.span(second), second != first { labels.append(Diagnostic.Label(other, "and this one")) }
      return Diagnostic(
        .readCycle, at: span, labels: labels,
        help: "one index must go down (or up) along every way round: `v[t-1, ..]` in a table that is filled by t")
    case .differentRanks(let place): return Diagnostic(.differentRanks, at: place > 0 ? places.span(place) : nil)
    case .notAdditive(let operation, let place):
      let name = operation.contains(" ") ? operation : "`\(operation)`"
      return Diagnostic(
        .badValue(operation: "a path", detail: "\(name) is made of the value of a reduction or cell here"),
        at: place > 0 ? places.span(place) : nil,
        help: "paths are told where a recurrence only adds: scores are computed before it, or beside its reads")
    case .userReduction(let place):
      return Diagnostic(
        .badValue(
          operation: "a path", detail: "a reduction made by `reduction` does not say which of its terms it takes"),
        at: place > 0 ? places.span(place) : nil, help: "call the function with `max` or `min` for it")
    case .opposed(let place):
      return Diagnostic(
        .badValue(operation: "a path", detail: "some reductions look for the largest and others for the smallest"),
        at: place > 0 ? places.span(place) : nil, help: "subtracting a maximum is looking for the smallest")
    }
  }

  func diagnostic(_ failure: CellFailure, _ definition: Definition?) -> Diagnostic {
    switch failure {
    case .undefined(let table, let cell):
      var diagnostic = Diagnostic(.undefinedCell("`\(cellText(table, cell, definition))`"), at: definition?.span)
      if let head = head(table, definition) {
        diagnostic.span = head.span
        diagnostic.labels = [Diagnostic.Label(head.span, "has this cell")]
      }
      return diagnostic
    case .outside(let place, let index, _) where place & PlaceTable.leftOut != 0:
      return diagnostic(.leftOut(place: place, index: index), definition)
    case .outside(let place, let index, let sizes):
      let span = places.span(place)
      let name = span.map(readName) ?? "a table"
      let shown = index.count == 1 ? "\(index[0])" : "\(index)"
      let size =
        sizes.count == 1 ? "which has size \(sizes[0])" : "which has the sizes \(shapeText(sizes))"
      return Diagnostic(
        .outsideTable(index: shown, sizes: size, name: name), at: span,
        help: "a read under a condition counts only where it holds: `if i > 0 { x[i-1] } else { 0 }`")
    case .leftOut(let place, let index):
      let span = places.span(place)
      return Diagnostic(
        .leftOutCell("`\(span.map(readName)?.replacing("`", with: "") ?? "v")\(shapeText(index))`"), at: span,
        help: "inside a reduction such a term is left out; here there is none")
    case .forward(let place, let index, let cell):
      let span = places.span(place)
      let name = span.map(readName)?.replacing("`", with: "") ?? "v"
      return Diagnostic(
        .forwardRead(read: "`\(name)\(shapeText(index))`", cell: "`\(cellText(0, cell, definition))`"), at: span,
        help: "the cells are filled in one order; a read that depends on data must go back in it")
    case .function(let place):
      return Diagnostic(.failed("a function of this reduction failed"), at: places.span(place))
    case .integer(let place, let reason):
      let span = places.span(place)
      switch IntegerFailure(rawValue: UInt8(truncatingIfNeeded: reason)) ?? .overflow {
      case .overflow: return Diagnostic(.integerOverflow(operation: "integers in this body"), at: span)
      case .zeroDivisor: return Diagnostic(.divisionByZero(operation: "this body"), at: span)
      case .negativeExponent:
        return Diagnostic(
          .badValue(operation: "^", detail: "an integer to a negative power is no integer"), at: span)
      case .notAnInteger:
        return Diagnostic(.badValue(operation: "cast", detail: "a float that no 64-bit integer holds"), at: span)
      }
    }
  }

  private func head(_ table: Int, _ definition: Definition?) -> Declaration? {
    switch definition?.kind {
    case .recurrence(let node)?: node.tables.indices.contains(table) ? node.tables[table].declaration : nil
    case .indexed(let declaration, _, _)?: declaration
    default: nil
    }
  }

  private func cellText(_ table: Int, _ cell: [Int], _ definition: Definition?) -> String {
    (head(table, definition)?.name ?? "") + shapeText(cell)
  }

  /// The tensor or table in front of a read's brackets.
  func readName(_ span: Span) -> String {
    let bytes = span.source.bytes[min(span.start, span.source.bytes.count)..<min(span.end, span.source.bytes.count)]
    let name = bytes.prefix { $0 != UInt8(ascii: "[") }
    return "`\(String(decoding: name, as: UTF8.self))`"
  }
}
