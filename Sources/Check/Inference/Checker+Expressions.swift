// Expressions: one walk that gives the abstract value of each.
import Diagnostics
import Syntax

extension Checker {
  func value(_ e: Expr) -> Abstract {
    steps += 1
    if steps > maximumSteps || isStopped { return .anything }
    switch e.kind {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(Size(value))
    case .float(let value): return .float(value)
    case .string(let text): return .string(text)
    case .interpolation(let parts):
      for case .value(let part, let format) in parts { formatted(value(part), format, part.span) }
      return .string(nil)
    case .name: return read(e.binding)
    case .list(let items): return list(items, e.span)
    case .listComprehension(let body, let binders): return comprehension(body, binders)
    case .comprehension(let body, let binders): return .list(.any(of: indexed(body, binders).body))
    case .record(let items): return record(items, e.span)
    case .range(let a, let b, let step): return range(a, b, step)
    case .unary(.negate, let a): return negated(value(a), e.span)
    case .unary(.not, let a): return inverted(value(a), a.span)
    case .binary(let op, let a, let b, let operatorSpan):
      let left = value(a)
      let right = value(b)
      return arithmetic(op, left, right, e.span, operatorSpan: operatorSpan, left: a.span, right: b.span)
    case .comparison(let operands, let operators): return comparison(operands, operators, e.span)
    case .and(let a, let b): return logical(a, b, isAnd: true)
    case .or(let a, let b): return logical(a, b, isAnd: false)
    case .call(let callee, let arguments): return call(callee, arguments, e.span)
    case .index(let base, let items): return index(value(base), items, e.span, base: base)
    case .field(let base, let name, let nameSpan): return field(value(base), name, nameSpan, base: base)
    case .function(let node): return .closure(closure(node))
    case .ifElse(let condition, let then, let otherwise):
      return branch(condition, { self.block(then) }, { otherwise.map { self.value($0) } ?? .none })
    case .block(let body): return block(body)
    case .tryCatch(let body, let name, let handler): return tryCatch(body, name, handler)
    case .error: return .anything
    }
  }

  // MARK: Literals

  private func list(_ items: [ListItem], _ span: Span) -> Abstract {
    var known: [Abstract]? = []
    var element: Abstract?
    func add(_ value: Abstract) { element = element.map { Abstract.join($0, value) } ?? value }
    for item in items {
      switch item {
      case .value(let e):
        let value = self.value(e)
        known?.append(value)
        if items.count > 256 || known == nil { add(value) }
      case .spread(let e):
        let walked = self.items(of: value(e), e.span)
        if known == nil || walked.known == nil {
          for earlier in known ?? [] { add(earlier) }
          known = nil
          add(walked.common)
        } else {
          known?.append(contentsOf: walked.known ?? [])
        }
      }
    }
    if let known { return .list(.of(known, origin: span)) }
    return .list(.any(of: element ?? .anything))
  }

  private func record(_ items: [RecordItem], _ span: Span) -> Abstract {
    var record = AbstractRecord(fields: [], isClosed: true, origin: span, module: nil)
    for item in items {
      switch item {
      case .field(let key, let e):
        let value = self.value(e)
        // A number is a key too, and no field.
        if case .string(let name) = key.kind {
          record.set(name, value)
        } else {
          record.isClosed = false
          if case .string(let name?) = self.value(key) { record.set(name, value) }
        }
      case .spread(let e):
        guard case .record(let other) = value(e) else {
          record = AbstractRecord(fields: [], isClosed: false, origin: span, module: nil)
          continue
        }
        if !other.isClosed { record = AbstractRecord(fields: [], isClosed: false, origin: span, module: nil) }
        for field in other.fields { record.set(field.name, field.value) }
      }
    }
    return .record(record)
  }

  private func range(_ a: Expr?, _ b: Expr?, _ step: Expr?) -> Abstract {
    let ends = [a, b].map { part -> Size? in
      guard let part else { return nil }
      let end = value(part)
      if let kind = end.kind, kind.isDisjoint(with: [.int, .tensor]) {
        wrongType("..", expected: "integers", end, part.span)
      }
      return end.size
    }
    let by = step.map { value($0) }
    return .range(
      AbstractRange(start: ends[0], end: ends[1], step: by == nil ? 1 : by?.size?.value))
  }

  private func formatted(_ value: Abstract, _ format: String, _ span: Span) {
    guard let last = format.last, "eEfgd".contains(last) else { return }
    switch value {
    case .string, .none, .list, .record, .closure, .builtin, .derived, .generator:
      wrongType("the format `\(last)`", expected: "a number", value, span)
    default: break
    }
  }

  // MARK: Logic

  private func logical(_ a: Expr, _ b: Expr, isAnd: Bool) -> Abstract {
    let left = value(a)
    switch left {
    case .bool(let known?): if known != isAnd { return .bool(known) }
    case .bool, .unknown, .tensor: break
    default: wrongType(isAnd ? "and" : "or", expected: "booleans", left, a.span)
    }
    let isKnown: Bool
    if case .bool(_?) = left { isKnown = true } else { isKnown = false }
    let before = state
    if !isKnown {
      conditional += 1
      for (id, value) in forgotten(a) { state.put(id, value) }
    }
    let right = value(b)
    if !isKnown {
      conditional -= 1
      state = before
      isStopped = false
    }
    switch right {
    case .bool, .unknown, .tensor: break
    default: wrongType(isAnd ? "and" : "or", expected: "booleans", right, b.span)
    }
    switch (left, right) {
    case (.bool(_?), .bool): return right
    case (.bool, .bool): return .bool(nil)
    case (.tensor(let x), .tensor(let y)):
      return .tensor(AbstractTensor(dims: x.dims == y.dims ? x.dims : nil, type: .bool, origin: nil))
    default: return .anything
    }
  }

  private func inverted(_ value: Abstract, _ span: Span) -> Abstract {
    switch value {
    case .bool(let known): return .bool(known.map { !$0 })
    case .tensor(let tensor):
      return .tensor(AbstractTensor(dims: tensor.dims, type: .bool, origin: tensor.origin))
    case .unknown: return .anything
    default:
      wrongType("not", expected: "a boolean", value, span)
      return .bool(nil)
    }
  }

  // MARK: Functions

  /// The function with what it captures now.
  func closure(_ node: FunctionNode) -> AbstractClosure {
    var captured: Values = [:]
    for binding in node.captures { captured[ObjectIdentifier(binding)] = read(binding) }
    let closure = AbstractClosure(node, captured)
    if silenced == 0, isRoot(node.span.source) { made.append(closure) }
    return closure
  }
}
