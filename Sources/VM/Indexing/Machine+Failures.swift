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
        help: border(of: span, index, sizes, definition)
          ?? "a read under a condition counts only where it holds: `if i > 0 { x[i-1] } else { 0 }`")
    case .leftOut(let place, let index):
      let span = places.span(place)
      return Diagnostic(
        .leftOutCell("`\(span.map(readName)?.replacing("`", with: "") ?? "v")\(shapeText(index))`"), at: span,
        help: "inside a reduction such a term is left out; here there is none")
    case .forward(let place, let index, let cell):
      let span = places.span(place)
      let name = span.map(readName)?.replacing("`", with: "") ?? "v"
      let read = "`\(name)\(shapeText(index))`"
      let own = "`\(cellText(clause(at: span, definition)?.number ?? 0, cell, definition))`"
      return Diagnostic(
        .forwardRead(read: read, cell: own), at: span,
        help: read == own
          ? "the cell needs itself: a shorter range, or a filter, leaves that term out"
          : "the cells are filled in one order; a read that depends on data must go back in it")
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

  /// The clause that a read stands in, and the number of its table.
  private func clause(at span: Span?, _ definition: Definition?) -> (clause: RecNode.Clause, number: Int)? {
    guard let span, case .recurrence(let node)? = definition?.kind,
      let clause = node.clauses.first(where: { $0.span.start <= span.start && span.end <= $0.span.end }),
      let number = node.tables.firstIndex(where: { $0.declaration.binding === clause.table.binding })
    else { return nil }
    return (clause, number)
  }

  /// The cure for a clause that reads over the border: another clause, above it, for the cells there.
  private func border(of span: Span?, _ index: [Int], _ sizes: [Int], _ definition: Definition?) -> String? {
    guard let (clause, number) = clause(at: span, definition), case .recurrence(let node)? = definition?.kind,
      let axis = index.indices.first(where: { $0 < sizes.count && !(0..<sizes[$0]).contains(index[$0]) })
    else { return nil }
    let cure = "the \(index[axis] < 0 ? "first" : "last") cells need a clause of their own above this one"
    var names = node.tables[number].binders.map(\.declaration.name)
    guard index[axis] < 0, span.map(readName) == "`\(clause.table.name)`", axis < names.count else {
      return cure + "; or a reduction a filter, as in `for d if d <= t`"
    }
    names[axis] = "0"
    return "\(cure), such as `\(clause.table.name)[\(names.joined(separator: ", "))] = ...`"
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
