// Arithmetic in a body. Whole numbers stay sums of indices under `+`, `-` and multiplication by known ones; otherwise
// they become i64 values. Numbers written in the script are combined here; everything else is a step of the clause.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  // MARK: Values of the clause

  /// The element type that an item has as a value; nil for what has none.
  func type(_ item: Item) -> DType? {
    switch item {
    case .number: return width
    case .boolean, .holds: return .bool
    case .affine, .magnitude, .extremum: return .i64
    case .value(let value): return builder.type(value)
    case .concrete(let value, _):
      if value.tag == .float { return width }
      guard value.tag == .tensor, tensorNode(value).rank == 0 else { return nil }
      return tensorNode(value).dtype.isFloat ? width : tensorNode(value).dtype
    case .table, .function: return nil
    }
  }

  /// The item as a value of the clause.
  func value(_ item: Item) throws -> Int32 {
    switch item {
    case .number(let number): return builder.number(number, width)
    case .boolean(let flag): return builder.boolean(flag)
    case .affine(let affine): return builder.index(affine)
    case .magnitude(let affine): return builder.element(.abs, builder.index(affine))
    case .extremum(let isMaximum, let parts):
      var result = builder.index(parts[0])
      for part in parts.dropFirst() {
        result = builder.element(isMaximum ? .max : .min, result, builder.index(part))
      }
      return result
    case .holds(let inequalities, let rest):
      var result = rest
      for inequality in inequalities {
        let holds = builder.element(.ge, builder.index(inequality), builder.integer(0))
        result = result < 0 ? holds : builder.element(.and, result, holds)
      }
      return result < 0 ? builder.boolean(true) : result
    case .value(let value): return value
    case .concrete(let value, let name):
      guard let type = type(item) else { throw noScalar(item) }
      let read = Read(source: .input(try input(value, name)), indices: [], leavesOut: false, place: place(span))
      return builder.read(read, type)
    case .table, .function: throw noScalar(item)
    }
  }

  /// The same as a value of `type`.
  func value(_ item: Item, as type: DType) throws -> Int32 {
    if type.isFloat, case .affine(let affine) = item, affine.isConstant {
      return builder.number(Double(affine.constant), type)
    }
    return builder.cast(try value(item), to: type)
  }

  func noScalar(_ item: Item) -> Diagnostic {
    var help: String?
    if case .concrete(let value, let name) = item, value.tag == .tensor {
      let indices = (0..<tensorNode(value).rank).map { ["i", "j", "k"][$0 % 3] }.joined(separator: ", ")
      help = "in a body a tensor is read with all its indices: `\(name)[\(indices)]`"
    }
    if case .table = item { help = "in a clause a table is read cell by cell" }
    return problem(
      .wrongType(operation: "this body", expected: "a number or boolean here", found: describe(item)), help: help)
  }

  func place(_ span: Span) -> Int { machine.places.place(span) }

  // MARK: Operators

  func negated(_ a: Item) throws -> Item {
    switch a {
    case .number(let value): return .number(-value)
    case .affine(let affine): return .affine(-affine)
    default:
      if let known = known(a) { return computed(try heap.unary(.neg, known)) }
      return .value(builder.element(.neg, try arithmetic(a, "-")))
    }
  }

  /// A number, not a boolean, as a value.
  private func arithmetic(_ item: Item, _ operation: String) throws -> Int32 {
    guard let type = type(item) else { throw noScalar(item) }
    if type == .bool, case .concrete = item { return try value(item, as: .i64) }
    guard type != .bool else {
      throw problem(
        .wrongType(operation: operation, expected: "numbers", found: describe(item)),
        help: "booleans are no numbers: `if b { 1 } else { 0 }`")
    }
    return try value(item)
  }

  func binary(_ operation: BinaryOperator, _ a: Item, _ b: Item) throws -> Item {
    if case .affine(let x) = a, case .affine(let y) = b, isSmall(x), isSmall(y), let result = try sum(operation, x, y) {
      return result
    }
    if case .extremum(let isMaximum, let parts) = a, case .affine(let y) = b,
      operation == .add || operation == .subtract
    {
      return .extremum(isMaximum: isMaximum, parts.map { operation == .add ? $0 + y : $0 - y })
    }
    if operation == .join { throw notInBody("`++`") }
    guard let op = Lowering.operations[operation] else {
      guard let x = known(a), let y = known(b), x.tag == .tensor, y.tag == .tensor else {
        throw notInBody("`@`", help: "`sum(a[i, k] * b[k, j] for k)` is a product of matrices")
      }
      return computed(Value(try graph.matmul(tensorNode(x), tensorNode(y))))
    }
    if let x = known(a), let y = known(b) {
      let result = try heap.binary(op, x, y)
      if case .number = numeric(a), case .number = numeric(b), result.tag == .float { return .number(result.float) }
      return computed(result)
    }
    let left = try arithmetic(a, op.symbol)
    let right = try arithmetic(b, op.symbol)
    return .value(try combined(op, left, right, a, b))
  }

  /// Whether a known number was written in the script.
  private func numeric(_ item: Item) -> Item {
    if case .affine(let affine) = item, affine.isConstant { return .number(Double(affine.constant)) }
    return item
  }

  private func combined(_ op: ElementOp, _ left: Int32, _ right: Int32, _ a: Item, _ b: Item) throws -> Int32 {
    let isFloat = op == .div || builder.type(left).isFloat || builder.type(right).isFloat
    let type: DType = isFloat ? width : .i64
    return builder.element(op, try value(a, as: type), try value(b, as: type))
  }

  private static let operations: [BinaryOperator: ElementOp] = [
    .add: .add, .subtract: .sub, .multiply: .mul, .divide: .div, .floorDivide: .floordiv, .modulo: .mod, .power: .pow,
  ]

  /// Of sums of indices; nil when the result is none.
  private func sum(_ operation: BinaryOperator, _ a: Affine, _ b: Affine) throws -> Item? {
    switch operation {
    case .add: return .affine(try checked(a, b, +))
    case .subtract: return .affine(try checked(a, b, -))
    case .multiply:
      if a.isConstant { return .affine(try scaled(b, a.constant)) }
      return b.isConstant ? .affine(try scaled(a, b.constant)) : nil
    default: return nil
    }
  }

  private func isSmall(_ affine: Affine) -> Bool {
    affine.factors.allSatisfy { Swift.abs($0) < 1 << 60 } && affine.constant < 1 << 60 && affine.constant > -(1 << 60)
  }

  /// Parts stay so far below the limit that a sum of two can't overflow.
  private func checked(_ a: Affine, _ b: Affine, _ operation: (Affine, Affine) -> Affine) throws -> Affine {
    try bounded(operation(a, b))
  }

  private func scaled(_ a: Affine, _ scale: Int) throws -> Affine {
    for part in a.factors + [a.constant] where part.multipliedReportingOverflow(by: scale).overflow {
      throw problem(.integerOverflow(operation: "this index"))
    }
    return try bounded(a * scale)
  }

  private func bounded(_ affine: Affine) throws -> Affine {
    for part in affine.factors + [affine.constant] where part > 1 << 60 || part < -(1 << 60) {
      throw problem(.integerOverflow(operation: "this index"))
    }
    return affine
  }
}
