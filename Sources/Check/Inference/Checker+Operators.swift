// Operators on numbers, tensors and trees.
import Diagnostics
import Syntax

extension Checker {
  /// `operatorSpan` is where an error points; the spans of the sides take notes.
  func arithmetic(
    _ op: BinaryOperator, _ a: Abstract, _ b: Abstract, _ span: Span, operatorSpan: Span, left: Span, right: Span
  ) -> Abstract {
    switch op {
    case .join: return joined(a, b, span)
    case .matmul: return product(a, b, span)
    default: break
    }
    return numbers(op, a, b, span)
  }

  func numbers(_ op: BinaryOperator, _ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    if a.isUnknown || b.isUnknown {
      let other = a.isUnknown ? b : a
      switch other {
      case .string, .closure, .builtin, .derived, .generator, .bool:
        wrongOperands(op, a, b, span)
        return .anything
      default: break
      }
      // If it is a number, it is a size that keeps its name.
      if let x = a.size, let y = b.size { return .unknown(sized(op, x, y)) }
      return .anything
    }
    switch (a, b) {
    case (.int(let x), .int(let y)):
      if op == .divide { return .float(nil) }
      guard let x, let y else { return .int(nil) }
      return .int(sized(op, x, y))
    case (.int, .float), (.float, .int), (.float, .float): return .float(floats(op, a, b))
    case (.tensor(let x), .tensor(let y)):
      return .tensor(broadcast(op.rawValue, x, y, span, type: promoted(op, x.type, y.type)))
    case (.tensor(let x), .int), (.tensor(let x), .float):
      return .tensor(AbstractTensor(dims: x.dims, type: raised(op, x.type, by: b), origin: x.origin))
    case (.int, .tensor(let y)), (.float, .tensor(let y)):
      return .tensor(AbstractTensor(dims: y.dims, type: raised(op, y.type, by: a), origin: y.origin))
    case (.record, _), (.list, _), (_, .record), (_, .list): return trees(op, a, b, span)
    case (.none, .tensor), (.none, .none), (.tensor, .none):
      // `leaf - none` is the leaf inside a tree; on its own it is an error that only a run tells apart.
      return .anything
    case (.sequence, _), (_, .sequence): return .anything
    default:
      wrongOperands(op, a, b, span)
      return .anything
    }
  }

  private func wrongOperands(_ op: BinaryOperator, _ a: Abstract, _ b: Abstract, _ span: Span) {
    var help: String?
    if case .string = a, op == .add { help = "strings are joined by `++`, or written into one another: \"{a}{b}\"" }
    if case .string = b, op == .add { help = "strings are joined by `++`, or written into one another: \"{a}{b}\"" }
    for side in [a, b] {
      switch side {
      case .closure, .builtin, .derived: help = help ?? "a function is called with brackets: `f(x)`"
      default: break
      }
    }
    report(
      .wrongType(
        operation: op.rawValue, expected: "numbers, tensors or trees of these",
        found: "\(a.described(names)) and \(b.described(names))"), span, labels: origin(a) + origin(b), help: help)
  }

  private func sized(_ op: BinaryOperator, _ a: Size, _ b: Size) -> Size? {
    switch op {
    case .add: return Size.sum(a, b)
    case .subtract: return Size.difference(a, b)
    case .multiply: return Size.product(a, b)
    case .floorDivide, .modulo:
      guard let x = a.value, let y = b.value, y != 0, !(x == Int.min && y == -1) else { return nil }
      let remainder = x % y
      let isOff = remainder != 0 && (remainder < 0) != (y < 0)
      if op == .modulo { return Size(isOff ? remainder + y : remainder) }
      return Size(x / y - (isOff ? 1 : 0))
    case .power:
      guard let x = a.value, let y = b.value, y >= 0, y < 64 else { return nil }
      var result = 1
      for _ in 0..<y {
        let (next, overflow) = result.multipliedReportingOverflow(by: x)
        if overflow { return nil }
        result = next
      }
      return Size(result)
    default: return nil
    }
  }

  private func floats(_ op: BinaryOperator, _ a: Abstract, _ b: Abstract) -> Double? {
    guard let x = number(a), let y = number(b) else { return nil }
    switch op {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return x * y
    case .divide: return y == 0 ? nil : x / y
    default: return nil
    }
  }

  /// The number, if it is known.
  func number(_ value: Abstract) -> Double? {
    switch value {
    case .int(let size): size?.value.map { Double($0) }
    case .float(let known): known
    default: nil
    }
  }

  private func promoted(_ op: BinaryOperator, _ a: ElementKind?, _ b: ElementKind?) -> ElementKind? {
    guard let a, let b else { return nil }
    if a == .f64 || b == .f64 { return .f64 }
    if a == .f32 || b == .f32 { return .f32 }
    return op == .divide ? .f32 : a == .i64 || b == .i64 ? .i64 : nil
  }

  private func raised(_ op: BinaryOperator, _ type: ElementKind?, by value: Abstract) -> ElementKind? {
    guard let type else { return nil }
    if type == .f32 || type == .f64 { return type }
    if case .float = value { return .f32 }
    return op == .divide ? .f32 : .i64
  }

  // MARK: Trees

  private func trees(_ op: BinaryOperator, _ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    switch (a, b) {
    case (.record(let x), .record(let y)):
      guard x.isClosed, y.isClosed else { return .anything }
      for (one, other, side) in [(x, y, b), (y, x, a)] {
        if let missing = one.fields.first(where: { other[$0.name] == nil }) {
          report(
            .treeMismatch(
              operation: op.rawValue,
              detail: "`\(missing.name)` is missing in a record {\(other.fields.map(\.name).joined(separator: ", "))}"),
            span, labels: origin(side))
          return .anything
        }
      }
      let fields = x.fields.map { field in
        (name: field.name, value: leaf(op, field.value, y[field.name] ?? .anything, span))
      }
      return .record(AbstractRecord(fields: fields, isClosed: true, origin: x.origin, module: nil))
    case (.list(let x), .list(let y)):
      if let m = x.count, let n = y.count, Size.differ(m, n) {
        report(
          .treeMismatch(
            operation: op.rawValue,
            detail: "one tree is a list of \(names.text(m)) on one side and a list of \(names.text(n)) on the other"),
          span, labels: origin(a) + origin(b))
        return .anything
      }
      if let xs = x.items, let ys = y.items, xs.count == ys.count {
        return .list(.of(zip(xs, ys).map { leaf(op, $0, $1, span) }, origin: x.origin))
      }
      return .list(.any(of: .anything, count: x.count ?? y.count))
    case (.record(let x), _):
      guard isScalar(b, with: a, op, span) else { return .anything }
      let fields = x.fields.map { (name: $0.name, value: leaf(op, $0.value, b, span)) }
      return .record(AbstractRecord(fields: fields, isClosed: x.isClosed, origin: x.origin, module: nil))
    case (_, .record(let y)):
      guard isScalar(a, with: b, op, span) else { return .anything }
      let fields = y.fields.map { (name: $0.name, value: leaf(op, a, $0.value, span)) }
      return .record(AbstractRecord(fields: fields, isClosed: y.isClosed, origin: y.origin, module: nil))
    case (.list(let x), _):
      guard isScalar(b, with: a, op, span) else { return .anything }
      if let items = x.items { return .list(.of(items.map { leaf(op, $0, b, span) }, origin: x.origin)) }
      return .list(.any(of: leaf(op, x.element, b, span), count: x.count))
    case (_, .list(let y)):
      guard isScalar(a, with: b, op, span) else { return .anything }
      if let items = y.items { return .list(.of(items.map { leaf(op, a, $0, span) }, origin: y.origin)) }
      return .list(.any(of: leaf(op, a, y.element, span), count: y.count))
    default: return .anything
    }
  }

  /// What is no number takes no part.
  private func leaf(_ op: BinaryOperator, _ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    switch (a, b) {
    case (.none, _), (_, .none), (.string, _), (_, .string), (.bool, _), (_, .bool): return a
    case (.closure, _), (.builtin, _), (.derived, _), (.generator, _), (_, .closure), (_, .builtin): return .anything
    default: return numbers(op, a, b, span)
    }
  }

  private func isScalar(_ value: Abstract, with tree: Abstract, _ op: BinaryOperator, _ span: Span) -> Bool {
    switch value {
    case .int, .float: return true
    case .tensor(let tensor):
      guard let dims = tensor.dims else { return false }
      if dims.isEmpty { return true }
      let what = tree.described(names)
      report(
        .treeMismatch(
          operation: op.rawValue,
          detail: "\(what) combines with a tree like it, a number or a scalar, not with \(value.described(names))"),
        span, labels: origin(value))
      return false
    case .none, .unknown, .sequence, .list, .record, .range: return false
    default:
      wrongOperands(op, tree, value, span)
      return false
    }
  }

  func negated(_ a: Abstract, _ span: Span) -> Abstract {
    switch a {
    case .int(let size): return .int(size.flatMap { Size.difference(Size(0), $0) })
    case .float(let value): return .float(value.map { -$0 })
    case .unknown, .sequence, .none: return .anything
    case .tensor(let tensor):
      return .tensor(tensor)
    case .list, .record: return tree(a) { self.negated($0, span) }
    default:
      wrongType("-", expected: "a number, a tensor or a tree of these", a, span)
      return .anything
    }
  }

  /// A tree with each number and tensor replaced.
  func tree(_ value: Abstract, _ change: (Abstract) -> Abstract) -> Abstract {
    switch value {
    case .int, .float, .tensor: return change(value)
    case .list(let list):
      if let items = list.items { return .list(.of(items.map { tree($0, change) }, origin: list.origin)) }
      return .list(.any(of: tree(list.element, change), count: list.count))
    case .record(let record):
      return .record(
        AbstractRecord(
          fields: record.fields.map { ($0.name, tree($0.value, change)) }, isClosed: record.isClosed,
          origin: record.origin, module: nil))
    case .unknown: return .anything
    default: return value
    }
  }

  // MARK: Joining and comparing

  private func joined(_ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    switch (a, b) {
    case (.list(let x), .list(let y)):
      if let xs = x.items, let ys = y.items, xs.count + ys.count <= 64 { return .list(.of(xs + ys, origin: x.origin)) }
      let count = x.count.flatMap { m in y.count.flatMap { Size.sum(m, $0) } }
      if x.items?.isEmpty == true { return .list(.any(of: y.common, count: count)) }
      if y.items?.isEmpty == true { return .list(.any(of: x.common, count: count)) }
      return .list(.any(of: Abstract.join(x.common, y.common), count: count))
    case (.string, .string): return .string(nil)
    case (.unknown, .list), (.list, .unknown): return .list(.any(of: .anything))
    case (.unknown, .string), (.string, .unknown): return .string(nil)
    case (.unknown, .unknown), (.sequence, _), (_, .sequence): return .anything
    default:
      report(
        .wrongType(
          operation: "++", expected: "two strings or two lists",
          found: "\(a.described(names)) and \(b.described(names))"), span, labels: origin(a) + origin(b))
      return .anything
    }
  }

  func comparison(_ operands: [Expr], _ operators: [ComparisonOperator], _ span: Span) -> Abstract {
    let values = operands.map { value($0) }
    var result: Abstract?
    for (index, op) in operators.enumerated() {
      let one = compared(
        op, values[index], values[index + 1], operands[index].span.joined(to: operands[index + 1].span))
      switch (result, one) {
      case (nil, _): result = one
      case (.bool(true)?, .bool(let known)): result = .bool(known)
      case (.bool(false)?, _), (_, .bool(false)): result = .bool(false)
      case (.bool?, .bool): result = .bool(nil)
      default: result = .anything
      }
    }
    return result ?? .anything
  }

  private func compared(_ op: ComparisonOperator, _ a: Abstract, _ b: Abstract, _ span: Span) -> Abstract {
    if op == .in || op == .notIn {
      switch b {
      case .int, .float, .bool, .none, .closure, .builtin, .derived, .generator:
        wrongType("in", expected: "a list, record, string or range behind it", b, span)
      default: break
      }
      return .bool(contains(b, a).map { op == .in ? $0 : !$0 })
    }
    switch (a, b) {
    case (.unknown, .tensor(let t)), (.tensor(let t), .unknown):
      return t.dims == nil ? .anything : .unknown(nil)
    case (.unknown, _), (_, .unknown), (.sequence, _), (_, .sequence): return .anything
    case (.tensor(let x), .tensor(let y)): return .tensor(broadcast(op.rawValue, x, y, span, type: .bool))
    case (.tensor(let x), .int), (.tensor(let x), .float), (.tensor(let x), .bool):
      return .tensor(AbstractTensor(dims: x.dims, type: .bool, origin: x.origin))
    case (.int, .tensor(let y)), (.float, .tensor(let y)), (.bool, .tensor(let y)):
      return .tensor(AbstractTensor(dims: y.dims, type: .bool, origin: y.origin))
    default: break
    }
    if op == .equal || op == .notEqual {
      return .bool(equal(a, b).map { op == .equal ? $0 : !$0 })
    }
    switch (a, b) {
    case (.int, .int), (.int, .float), (.float, .int), (.float, .float):
      guard let x = number(a), let y = number(b) else {
        // Sizes that differ by a constant are ordered by it.
        if case .int(let m?) = a, case .int(let n?) = b, let difference = Size.difference(m, n)?.value {
          return .bool(ordered(op, Double(difference), 0))
        }
        return .bool(nil)
      }
      return .bool(ordered(op, x, y))
    case (.string, .string), (.list, .list): return .bool(nil)
    default:
      report(
        .wrongType(
          operation: op.rawValue, expected: "two numbers, two strings or two lists",
          found: "\(a.described(names)) and \(b.described(names))"), span, labels: origin(a) + origin(b))
      return .bool(nil)
    }
  }

  private func ordered(_ op: ComparisonOperator, _ x: Double, _ y: Double) -> Bool? {
    switch op {
    case .less: x < y
    case .lessEqual: x <= y
    case .greater: x > y
    case .greaterEqual: x >= y
    default: nil
    }
  }

  /// Whether a record has a key or a list an item, if that is certain.
  private func contains(_ whole: Abstract, _ item: Abstract) -> Bool? {
    switch whole {
    case .record(let record):
      guard case .string(let name?) = item else { return nil }
      return record[name] != nil ? true : record.isClosed ? false : nil
    case .list(let list):
      guard let items = list.items else { return nil }
      let answers = items.map { equal($0, item) }
      if answers.contains(true) { return true }
      return answers.allSatisfy { $0 == false } ? false : nil
    default: return nil
    }
  }

  /// Whether two values are equal, if that is certain.
  func equal(_ a: Abstract, _ b: Abstract) -> Bool? {
    switch (a, b) {
    case (.none, .none): return true
    case (.bool(let x?), .bool(let y?)): return x == y
    case (.string(let x?), .string(let y?)): return x == y
    case (.int(let x?), .int(let y?)):
      if x == y { return true }
      return Size.differ(x, y) ? false : nil
    case (.list(let x), .list(let y)):
      if let m = x.count, let n = y.count, Size.differ(m, n) { return false }
      guard let xs = x.items, let ys = y.items, xs.count == ys.count else { return nil }
      let answers = zip(xs, ys).map { equal($0, $1) }
      return answers.contains(false) ? false : answers.allSatisfy { $0 == true } ? true : nil
    case (.record, .record), (.range, .range), (.sequence, _), (_, .sequence), (.bool, .bool), (.string, .string),
      (.int, .int),
      (.float, .float), (.int, .float), (.float, .int):
      return nil
    default:
      if let one = a.kind, let other = b.kind, one.isDisjoint(with: other) {
        return one == .tensor || other == .tensor || one == .range || other == .range ? nil : false
      }
      return nil
    }
  }
}
