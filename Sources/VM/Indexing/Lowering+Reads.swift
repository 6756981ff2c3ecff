// Reads: `x[i, j + 1]`, `e[ids[t], d]`, `v[t-1, r]`. A tensor or table is read with all its indices; lists, records and parts
// of tensors are read where all is known.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  func read(_ base: Expr, _ items: [IndexItem]) throws -> Item {
    let source = try item(base)
    var isTable = false
    if case .name = base.kind, base.binding?.isTable == true { isTable = true }
    switch source {
    case .table(let number):
      return try read(.table(number), rank: tables[number].rank, name: tables[number].name, isTable: true, items)
    case .concrete(let value, let name):
      if let part = try knownPart(value, base, items) { return part }
      guard value.tag == .tensor else {
        throw problem(
          .wrongType(operation: "an index", expected: "a tensor before it", found: heap.typeName(value)),
          help: value.tag == .list
            ? "a list is read with known indices only; `tensor(xs)` makes a tensor of it"
            : value.tag == .string
              ? "make numbers of its letters first: `tensor([find(\"abc\", c) for c in s])`" : nil)
      }
      note(widthOf: tensorNode(value))
      let number = try input(value, name.isEmpty ? text(base.span) : name)
      return try read(.input(number), rank: tensorNode(value).rank, name: name, isTable: isTable, items)
    default:
      throw problem(.wrongType(operation: "an index", expected: "a tensor before it", found: describe(source)))
    }
  }

  /// A tensor with axes makes the program as wide as it is.
  func note(widthOf node: Node) {
    if node.dtype == .f64, node.rank > 0 { wantedWidth = .f64 }
  }

  /// `xs[0]`, `p.layers[1]`, `x[0]` of a tensor with more axes, `x[1..]`: what is known stays known.
  private func knownPart(_ value: Value, _ base: Expr, _ items: [IndexItem]) throws -> Item? {
    var isFull = value.tag == .tensor && items.count == tensorNode(value).rank
    var values: [Value] = []
    for item in items {
      guard case .value(let e) = item else {
        isFull = false
        continue
      }
      if isFull { return nil }
      guard let index = known(try self.item(e)) else { return nil }
      values.append(index)
    }
    guard !isFull else { return nil }
    guard values.count == items.count else {
      throw notInBody("a slice", help: "slice the tensor before the definition: `let y = x[1..]`")
    }
    if values.count == 1 { return computed(try machine.item(value, values[0])) }
    guard value.tag == .tensor, values.count < tensorNode(value).rank else { return nil }
    return computed(Value(try graph.slice(tensorNode(value), try values.map { try machine.sliceItem($0) })))
  }

  /// A read with all indices.
  private func read(
    _ source: Read.Source, rank: Int, name: String, isTable: Bool, _ items: [IndexItem]
  ) throws -> Item {
    guard items.count == rank else {
      throw problem(
        .wrongArity(function: name, expected: rank == 1 ? "1 index" : "\(rank) indices", found: items.count))
    }
    let leavesOut = isTable && reductionDepth > 0
    if leavesOut { leavingReads += 1 }
    let readSpan = span
    var indices: [Read.Index] = []
    for (axis, item) in items.enumerated() {
      guard case .value(let e) = item else {
        throw notInBody("a slice", help: "a body reads one element at a time")
      }
      indices.append(try index(e, axis, source, name, leavesOut: leavesOut, readSpan))
    }
    if leavesOut {
      boundTerm(source, indices)
      if case .table(let number) = source { try confine(&indices, to: number) }
    }
    if case .table(let number) = source, reductionDepth == 0, conditions.isEmpty { noteCell(number, indices, readSpan) }
    let dtype: DType =
      switch source {
      case .table: width
      case .input(let number): inputs[number].dtype
      }
    let read = Read(
      source: source, indices: indices, condition: try currentCondition(), leavesOut: leavesOut, place: place(readSpan))
    return .value(builder.read(read, dtype))
  }

  private func noteCell(_ number: Int, _ indices: [Read.Index], _ readSpan: Span) {
    guard !tables[number].band.isEmpty else { return }
    let cell = indices.compactMap { index -> Affine? in
      if case .affine(let position) = index { position } else { nil }
    }
    if cell.count == indices.count { neededCells.append(NeededCell(table: number, cell: cell, span: readSpan)) }
  }

  /// A table with a condition has the cells of its band only: the term is there where the band is.
  private func boundTerm(_ source: Read.Source, _ indices: [Read.Index]) {
    guard let term = termBounds.last, term.conditions == conditions.count else { return }
    let positions = indices.compactMap { index -> Affine? in
      if case .affine(let position) = index { position } else { nil }
    }
    guard positions.count == indices.count else { return }
    switch source {
    case .table(let number):
      guard !tables[number].band.isEmpty else { return }
      termBounds[termBounds.count - 1].cells.append((number, positions))
      termBounds[termBounds.count - 1].inequalities += tables[number].bounds.map { $0.substituting(positions) }
    case .input(let number):
      guard !machine.bands.isEmpty else { return }
      let node = tensorNode(inputValues[number])
      termBounds[termBounds.count - 1].inequalities += machine.bands.inequalities(of: node).map {
        $0.substituting(positions)
      }
      if machine.bands.isToldByNaN(node) { termBounds[termBounds.count - 1].finished.append((number, positions)) }
    }
  }

  /// Data decide which cell is read of a table with a condition: where the condition leaves the cell out, the read goes
  /// outside of the table instead, and so the term is left out.
  private func confine(_ indices: inout [Read.Index], to number: Int) throws {
    let head = tables[number]
    guard !head.band.isEmpty, case .recurrence(let node) = definition.kind else { return }
    let cell = indices.map { index -> Item in
      switch index {
      case .affine(let position): .affine(position)
      case .value(let value): .value(value)
      }
    }
    var chosen: (axis: Int, value: Int32)?
    for (axis, index) in indices.enumerated() {
      if case .value(let value) = index { chosen = (axis, value) }
    }
    guard let chosen else { return }
    let inside = try isInside(number, cell)
    let isThere = try both(inside, under(inside) { try band(node, cell) })
    indices[chosen.axis] = .value(
      builder.element(.select, try value(isThere), chosen.value, builder.integer(-1)))
  }

  private func index(
    _ e: Expr, _ axis: Int, _ source: Read.Source, _ name: String, leavesOut: Bool, _ readSpan: Span
  ) throws -> Read.Index {
    let item = try item(e)
    return try at(e.span) {
      if case .unary(.negate, let digits) = e.kind, case .int(let number) = digits.kind {
        throw problem(.negativeIndex("-\(number)"))
      }
      if case .affine(let position) = item {
        let size: SizeSource =
          switch source {
          case .table(let number): .table(number, axis: axis)
          case .input(let number): .known(inputs[number].sizes[axis])
          }
        accesses.append(
          Access(
            position: position, size: size, span: readSpan, isConditional: !conditions.isEmpty, leavesOut: leavesOut,
            name: name))
        return .affine(position)
      }
      guard type(item) == .i64 else {
        throw problem(
          .wrongType(operation: "an index", expected: "an integer", found: describe(item)),
          help: "`cast(x, i64)` makes an integer")
      }
      return .value(try value(item))
    }
  }
}
