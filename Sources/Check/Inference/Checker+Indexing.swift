// Index notation and recurrences. A bare binder's size comes from the reads in which it stands alone; reads behind a
// condition don't count, and a read with an offset narrows the range, so with one of those nothing is known.
import Diagnostics
import Syntax

extension Checker {
  /// Walks a body under binders. Gives its value and the size of each binder's range.
  func indexed(_ body: Expr, _ binders: [Binder]) -> (body: Abstract, sizes: [Size?]) {
    generic {
      var sizes: [Size?] = []
      for (place, binder) in binders.enumerated() {
        let (size, item) = self.range(binder, in: body, rest: binders[(place + 1)...])
        sizes.append(binder.filters.isEmpty ? size : nil)
        if case .destructured(let pattern, let sequence) = binder.range {
          self.bind(pattern, item, sequence.span)
        } else {
          self.write(binder.declaration.binding, item)
        }
        for filter in binder.filters { self.filter(filter) }
      }
      return (self.value(body), sizes)
    }
  }

  /// A filter asks about names that the body then uses.
  private func filter(_ e: Expr) {
    if truth(e) == nil { for (id, value) in forgotten(e) { write(id, value) } }
  }

  private func range(_ binder: Binder, in body: Expr, rest: ArraySlice<Binder>) -> (Size?, Abstract) {
    switch binder.range {
    case .below(let e): return (bound(e).size, .int(nil))
    case .upTo(let e): return (bound(e).size.flatMap { Size.sum($0, Size(1)) }, .int(nil))
    case .sequence(let e), .destructured(_, let e):
      let walked = items(of: value(e), e.span)
      return (walked.count, walked.common)
    case .bare:
      guard let binding = binder.declaration.binding else { return (nil, .int(nil)) }
      // Names of the binders that follow stand in the reads, too.
      write(binding, .int(nil))
      for other in rest { write(other.declaration.binding, .int(nil)) }
      var reads = BareReads(binding)
      reads.walk(body)
      let size = agreed(reads.alone, binder)
      return (reads.hasOffset ? nil : size, .int(nil))
    }
  }

  private func bound(_ e: Expr) -> Abstract {
    let value = self.value(e)
    if let kind = value.kind, kind.isDisjoint(with: [.int, .tensor]) {
      wrongType("the range of an index", expected: "an integer", value, e.span)
    }
    return value
  }

  /// The size that all reads `x[.., i, ..]` have at the binder's place.
  private func agreed(_ reads: [(base: Expr, axis: Int)], _ binder: Binder) -> Size? {
    var first: (size: Size, span: Span)?
    for read in reads {
      silenced += 1
      let base = value(read.base)
      silenced -= 1
      guard case .tensor(let tensor) = base, let dims = tensor.dims, dims.indices.contains(read.axis),
        let size = dims[read.axis]
      else { continue }
      guard let known = first else {
        first = (size, read.base.span)
        continue
      }
      let agreement = agreement(known.size, size, ignoringBranches: true)
      if agreement == .clash || agreement == .named {
        report(
          .rangeClash(index: binder.declaration.name, first: names.text(known.size), second: names.text(size)),
          read.base.span,
          labels: [Diagnostic.Label(known.span, "\(names.text(known.size)) comes from this read")] + origin(base),
          help: agreement == .named
            ? "the signature gives these sizes two names; if they are always equal, give them one" : nil,
          isWarning: agreement == .named)
        return nil
      }
    }
    return first?.size
  }

  // MARK: Definitions

  func definition(_ binders: [Binder], _ body: Expr, _ span: Span) -> Abstract {
    let walked = indexed(body, binders)
    var type: ElementKind?
    switch walked.body {
    case .tensor(let item):
      type = item.type
      if let dims = item.dims, !dims.isEmpty { return .anything }
    case .bool: type = .bool
    case .string, .none, .list, .record, .closure, .builtin, .derived, .generator:
      wrongType("an index definition", expected: "a number for each cell", walked.body, body.span)
      return .anything
    default: break
    }
    return tensor(walked.sizes, type, span)
  }

  func recurrence(_ node: RecNode) {
    for table in node.tables {
      // Until the clauses are walked a table is what its head says.
      let sizes = generic { () -> [Size?] in
        table.binders.map { binder in
          let size: Size? =
            switch binder.range {
            case .below(let e): self.bound(e).size
            case .upTo(let e): self.bound(e).size.flatMap { Size.sum($0, Size(1)) }
            default: nil
            }
          self.write(binder.declaration.binding, .int(nil))
          return size
        }
      }
      write(table.declaration.binding, tensor(sizes, nil, table.declaration.span))
    }
    generic {
      if let condition = node.condition { truth(condition) }
      for clause in node.clauses {
        for position in clause.positions { _ = value(position) }
        if let condition = clause.condition { truth(condition) }
        reads(clause, node)
        let body = value(clause.body)
        switch body {
        case .string, .none, .list, .record, .closure, .builtin, .derived, .generator:
          wrongType("a cell", expected: "a number", body, clause.body.span)
        default: break
        }
      }
    }
  }

  // MARK: Lists

  func comprehension(_ body: Expr, _ binders: [Binder]) -> Abstract {
    if binders.count == 1, binders[0].filters.isEmpty {
      let sequence: (Expr, (Abstract, Expr) -> Void)?
      switch binders[0].range {
      case .sequence(let e): sequence = (e, { item, _ in self.write(binders[0].declaration.binding, item) })
      case .destructured(let pattern, let e): sequence = (e, { item, e in self.bind(pattern, item, e.span) })
      default: sequence = nil
      }
      if let (e, bind) = sequence {
        let walked = items(of: value(e), e.span)
        if let known = walked.known, known.count <= 16 {
          var results: [Abstract] = []
          for item in known {
            bind(item, e)
            results.append(value(body))
          }
          return .list(.of(results))
        }
        let item = generic { () -> Abstract in
          bind(walked.common, e)
          return value(body)
        }
        return .list(.any(of: item, count: walked.count))
      }
    }
    let walked = indexed(body, binders)
    return .list(.any(of: walked.body, count: binders.count == 1 ? walked.sizes[0] : nil))
  }
}

/// Finds the reads in which a binder stands alone, and whether there are others with an offset.
private struct BareReads {
  let binding: Binding
  var alone: [(base: Expr, axis: Int)] = []
  var hasOffset = false

  init(_ binding: Binding) { self.binding = binding }

  mutating func walk(_ e: Expr) {
    switch e.kind {
    case .index(let base, let items):
      walk(base)
      for (axis, item) in items.enumerated() {
        guard case .value(let key) = item else { continue }
        if key.binding === binding {
          alone.append((base, axis))
        } else {
          if mentions(key) { hasOffset = true }
          walk(key)
        }
      }
    case .unary(_, let a): walk(a)
    case .binary(_, let a, let b, _):
      walk(a)
      walk(b)
    case .comparison(let operands, _): for operand in operands { walk(operand) }
    case .call(let callee, let arguments):
      walk(callee)
      for argument in arguments { walk(argument.value) }
    case .comprehension(let body, let binders):
      // Reads of the terms count where no filter leaves terms out.
      if binders.allSatisfy(\.filters.isEmpty) { walk(body) }
    case .field(let base, _, _): walk(base)
    default: break
    }
  }

  private func mentions(_ e: Expr) -> Bool {
    switch e.kind {
    case .name: e.binding === binding
    case .unary(_, let a): mentions(a)
    case .binary(_, let a, let b, _): mentions(a) || mentions(b)
    default: false
    }
  }
}
