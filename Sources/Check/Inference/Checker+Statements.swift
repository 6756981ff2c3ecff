// Statements: what names hold behind them.
import Diagnostics
import Syntax

extension Checker {
  /// The value of the block's last expression.
  func block(_ block: Block) -> Abstract {
    var last = Abstract.none
    for statement in block.statements {
      if isStopped { return .anything }
      last = .none
      if case .expression(let e) = statement.kind { last = value(e) } else { self.statement(statement) }
    }
    return last
  }

  func statement(_ statement: Statement) {
    // Loops in loops walk their bodies many times: statements count, so that the walk ends with the steps.
    steps += 1
    if steps > maximumSteps { return }
    switch statement.kind {
    case .expression(let e): _ = value(e)
    case .declare(let pattern, let isMutable, let shape, let e, _):
      var made = value(e)
      if let shape { made = demand(shape, made, subject: "the value", e.span) }
      // A number that is not known is the same number wherever its name stands.
      if !isMutable, loopDepth == 0, case .name(let name) = pattern {
        switch made {
        case .int(nil): made = .int(Size(symbol: symbol(name.name)))
        case .unknown(nil): made = .unknown(Size(symbol: symbol(name.name)))
        default: break
        }
      }
      bind(pattern, made, e.span)
    case .assign(let target, let e): assign(target, value(e), e.span)
    case .compoundAssign(let place, let op, let e, let operatorSpan):
      let right = value(e)
      let span = place.span.joined(to: e.span)
      assign(
        place, arithmetic(op, read(place), right, span, operatorSpan: operatorSpan, left: place.span, right: e.span))
    case .defineIndexed(let name, let binders, let body):
      write(name.binding, definition(binders, body, statement.span))
    case .rec(let node): recurrence(node)
    case .function(let node): write(node.name?.binding, .closure(closure(node)))
    case .whileLoop(let condition, let body): whileLoop(condition, body)
    case .forLoop(let pattern, let sequence, let body): forLoop(pattern, sequence, body)
    case .breakLoop: leaveTurn(isBreak: true)
    case .continueLoop: leaveTurn(isBreak: false)
    case .returnValue(let e):
      let result = e.map { value($0) } ?? .none
      if !returns.isEmpty { returns[returns.count - 1].append(result) }
      isStopped = true
    case .assert(let condition, let message):
      truth(condition)
      // The message is made only when the assertion fails.
      if let message {
        let before = state
        conditional += 1
        _ = value(message)
        conditional -= 1
        state = before
        isStopped = false
      }
    case .param(let name, let e, _):
      // Whoever starts the script may give another value of the same kind.
      let kind: Abstract =
        switch value(e) {
        case .int: .int(Size(symbol: symbol(name.name)))
        case .float: .float(nil)
        case .bool: .bool(nil)
        case .string: .string(nil)
        default: .anything
        }
      write(name.binding, kind)
    case .importModule(let name, let isPath, let declaration):
      importModule(name, isPath: isPath, declaration, from: statement.span.source)
    case .test: break
    }
  }

  // MARK: Taking apart

  func bind(_ pattern: Pattern, _ value: Abstract, _ span: Span) {
    switch pattern {
    case .ignore: break
    case .name(let declaration): write(declaration.binding, value)
    case .list(let parts, let patternSpan):
      let items = taken(value, parts.count, span, patternSpan)
      for (part, item) in zip(parts, items) { bind(part, item, span) }
    }
  }

  /// `count` items of a value that is taken apart.
  func taken(_ value: Abstract, _ count: Int, _ span: Span, _ pattern: Span) -> [Abstract] {
    let unknown = [Abstract](repeating: .anything, count: count)
    switch value {
    case .unknown: return unknown
    case .list(let list):
      if let items = list.items {
        if items.count == count { return items }
        report(
          .badValue(
            operation: "taking apart",
            detail: "there are \(count) names for \(items.count) item\(items.count == 1 ? "" : "s")"), pattern,
          labels: list.origin.map { [Diagnostic.Label($0, "the list was made here")] } ?? [])
        return unknown
      }
      if let known = list.count?.value, known != count {
        report(
          .badValue(operation: "taking apart", detail: "there are \(count) names for \(known) items"), pattern)
      }
      return [Abstract](repeating: list.element, count: count)
    case .tensor(let tensor):
      guard let dims = tensor.dims, let first = dims.first else { return unknown }
      if let size = first?.value, size != count {
        report(.badValue(operation: "taking apart", detail: "there are \(count) names for \(size) items"), pattern)
      }
      let row = AbstractTensor(dims: Array(dims.dropFirst()), type: tensor.type, origin: tensor.origin)
      return [Abstract](repeating: .tensor(row), count: count)
    case .int, .float, .bool, .none, .closure, .builtin, .derived, .generator:
      wrongType("taking apart", expected: "a list of \(count) items", value, span)
      return unknown
    case .string, .record, .range, .sequence: return unknown
    }
  }

  // MARK: Assignment

  func assign(_ target: AssignTarget, _ value: Abstract, _ span: Span) {
    switch target {
    case .ignore: break
    case .place(let place): assign(place, value)
    case .list(let targets, let patternSpan):
      let items = taken(value, targets.count, span, patternSpan)
      for (target, item) in zip(targets, items) { assign(target, item, span) }
    }
  }

  func read(_ place: Place) -> Abstract {
    var value = read(place.root.binding)
    for step in place.steps {
      switch step {
      case .field(let name, let span): value = field(value, name, span, base: place.root)
      case .index(let items, let span): value = index(value, items, span)
      }
    }
    return value
  }

  func assign(_ place: Place, _ value: Abstract) {
    let whole = read(place.root.binding)
    write(place.root.binding, updated(whole, place.steps[...], value))
  }

  /// `whole` with `value` in the place that the steps lead to.
  private func updated(_ whole: Abstract, _ steps: ArraySlice<PlaceStep>, _ value: Abstract) -> Abstract {
    guard let step = steps.first else { return value }
    let rest = steps.dropFirst()
    switch (step, whole) {
    case (.field(let name, let span), .record(var record)):
      guard let old = record[name] else {
        if record.isClosed { unknownField(name, record, span) }
        return .anything
      }
      record.set(name, updated(old, rest, value))
      return .record(record)
    case (.field(let name, let span), _):
      _ = field(whole, name, span, base: nil)
      return .anything
    case (.index(let items, let span), _): return updated(whole, items, span, rest, value)
    }
  }

  private func updated(
    _ whole: Abstract, _ items: [IndexItem], _ span: Span, _ rest: ArraySlice<PlaceStep>, _ value: Abstract
  ) -> Abstract {
    guard items.count == 1, case .value(let e) = items[0] else {
      for item in items { walk(item) }
      if case .tensor = whole { return whole }
      return .anything
    }
    let key = self.value(e)
    switch whole {
    case .list(let list):
      if let known = list.items, let raw = key.size?.value {
        let position = raw < 0 ? raw + known.count : raw
        if known.indices.contains(position) {
          var items = known
          items[position] = updated(items[position], rest, value)
          return .list(.of(items, origin: list.origin))
        }
        _ = index(whole, items, span)
        return .anything
      }
      let item = updated(list.common, rest, value)
      return .list(
        AbstractList(items: nil, element: Abstract.join(list.common, item), count: list.count, origin: list.origin))
    case .record(var record):
      if case .string(let name?) = key {
        if let old = record[name] {
          record.set(name, updated(old, rest, value))
        } else if rest.isEmpty {
          record.set(name, value)
        } else {
          return .anything
        }
        return .record(record)
      }
      // Any field may have changed, and there may be a new one.
      return .record(AbstractRecord(fields: [], isClosed: false, origin: record.origin, module: nil))
    case .tensor:
      if rest.isEmpty { _ = index(whole, items, span) }
      return whole
    default: return .anything
    }
  }
}
