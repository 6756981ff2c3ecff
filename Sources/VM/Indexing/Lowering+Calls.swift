// Calls in a body. A reduction becomes a reduction of the program, an elementwise builtin an operation; the body of a
// script function is walked with its parameters bound. A call on known values alone is an ordinary call.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  func call(_ callee: Expr, _ arguments: [Argument]) throws -> Item {
    let function = try item(callee)
    if case .function(let node, let outer) = function {
      return try inlined(node, outer, arguments.map { ($0.name, try item($0.value)) }, text(callee.span))
    }
    guard case .concrete(let value, _) = function, value.isFunction else {
      throw problem(.wrongType(operation: "a call", expected: "a function", found: describe(function)))
    }
    if let operation = machine.reductionOperator(value), arguments.allSatisfy({ $0.name == nil }) {
      return try reduction(operation, value, arguments.map(\.value), text(callee.span))
    }
    let given = try arguments.map { (name: $0.name, item: try item($0.value)) }
    if value.tag == .builtin {
      let name = machine.builtins[Int(value.bits)].name
      if name != "cast", let result = try applied(value, given) { return result }
      return try builtin(name, given) ?? applied(value, given) ?? unknown(name)
    }
    if let result = try applied(value, given) { return result }
    guard value.tag == .closure else { return try unknown(text(callee.span)) }
    let code = machine.code(of: value)
    guard let node = code.node, let names = code.names else { return try unknown(code.name) }
    return try inlined(node, Scope(closure: value, node: node, names: names), given, code.name)
  }

  private func unknown(_ name: String) throws -> Item { throw notInBody("a call of `\(name)`") }

  /// An ordinary call, if all arguments are known.
  func applied(_ function: Value, _ given: [(name: String?, item: Item)]) throws -> Item? {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []
    for (name, item) in given {
      guard let value = known(item) else { return nil }
      if let name { named.append((name, value)) } else { positional.append(value) }
    }
    let isWritten = given.allSatisfy {
      switch $0.item {
      case .number, .affine, .boolean: true
      default: false
      }
    }
    let result = try machine.call(function, positional, named: named)
    if isWritten, result.tag == .float { return .number(result.float) }
    return computed(result)
  }

  // MARK: Builtins

  private func builtin(_ name: String, _ given: [(name: String?, item: Item)]) throws -> Item? {
    let items = given.map(\.item)
    guard given.allSatisfy({ $0.name == nil }) else { return nil }
    if items.count == 1, let op = Lowering.elementwise[name] { return try elementwise(op, items[0]) }
    switch (name, items.count) {
    case ("where", 3): return try selected(boolean(items[0], "where"), items[1], items[2])
    case ("clip", 3):
      // As the builtin does it: a bound wins over x at equality.
      let raised = try pair(.max, items[1], items[0])
      return try pair(.min, items[2], raised)
    case ("cast", 2):
      guard case .concrete(let type, _) = items[1], type.tag == .string,
        let wanted = DType.allCases.first(where: { $0.name == StringRef(type).string })
      else { return nil }
      return try cast(items[0], wanted)
    default: return nil
    }
  }

  private static let elementwise: [String: ElementOp] = Dictionary(
    uniqueKeysWithValues: [
      ElementOp.abs, .sign, .floor, .ceil, .round, .sqrt, .rsqrt, .square, .exp, .expm1, .log, .log1p, .sin, .cos, .tan,
      .tanh, .sigmoid, .relu, .softplus, .gelu, .erf, .isnan, .isfinite,
    ].map { ("\($0)", $0) })

  private func elementwise(_ op: ElementOp, _ item: Item) throws -> Item {
    if op == .abs, case .affine(let affine) = item { return .magnitude(affine) }
    guard let type = type(item), type != .bool else {
      throw problem(.wrongType(operation: "\(op)", expected: "a number", found: describe(item)))
    }
    if type == .i64, op == .floor || op == .ceil || op == .round { return item }
    return .value(builder.element(op, try value(item, as: op.accepts(type) ? type : width)))
  }

  private func pair(_ op: ElementOp, _ a: Item, _ b: Item) throws -> Item {
    if case .concrete(let bound, _) = a, bound.tag == .none { return b }
    guard let left = type(a), let right = type(b) else { throw noScalar(type(a) == nil ? a : b) }
    let type = left == right ? left : width
    return .value(builder.element(op, try value(a, as: type), try value(b, as: type)))
  }

  /// `cast(e, f64)` makes the whole program f64; so does nothing else but a tensor of f64. `cast(e, f32)` rounds there, and
  /// is f32 if it is the whole body.
  private func cast(_ item: Item, _ type: DType) throws -> Item? {
    if let whole = known(item), self.type(item) == nil {
      return computed(
        Value(try graph.cast(whole.tag == .tensor ? tensorNode(whole) : { throw noScalar(item) }(), type)))
    }
    guard self.type(item) != nil else { throw noScalar(item) }
    if type == .f64 { wantedWidth = .f64 }
    if type.isFloat {
      let wide = try value(item, as: width)
      guard type == .f32, width == .f64 else { return .value(wide) }
      let narrow = builder.cast(wide, to: .f32)
      let rounded = builder.cast(narrow, to: .f64)
      narrowed[rounded] = narrow
      return .value(rounded)
    }
    return .value(try value(item, as: type))
  }

  // MARK: Script functions

  /// The body of a function with its parameters bound.
  private func inlined(
    _ node: FunctionNode, _ outer: Scope, _ given: [(name: String?, item: Item)], _ name: String
  ) throws -> Item {
    callDepth += 1
    defer { callDepth -= 1 }
    if callDepth > Lowering.maximumCallDepth {
      throw problem(
        .notInBody("a function that calls itself"),
        help: "`\(name)` is still calling after 100 calls; a table that reads itself is a `rec`")
    }
    var arguments: [Item?] = Array(repeating: nil, count: node.parameters.count)
    for (index, argument) in given.enumerated() {
      let position = argument.name.map { name in node.parameters.firstIndex { $0.declaration.name == name } } ?? index
      guard let position, position < arguments.count else {
        if let unknown = argument.name {
          throw problem(.unknownArgument(function: name, name: unknown, near: []))
        }
        throw problem(
          .wrongArity(function: name, expected: "\(arguments.count) arguments", found: given.count))
      }
      arguments[position] = argument.item
    }
    let caller = scope
    defer { scope = caller }
    scope = outer
    for (parameter, argument) in zip(node.parameters, arguments) {
      if let argument {
        bind(parameter.declaration, argument)
      } else if let value = parameter.defaultValue {
        bind(parameter.declaration, try item(value))
      } else {
        throw problem(.missingArgument(function: name, name: parameter.declaration.name))
      }
    }
    for (parameter, argument) in zip(node.parameters, arguments) {
      if let shape = parameter.shape, let argument { bindSizes(shape, argument) }
    }
    return try item(node.body)
  }

  /// Sizes that a signature names; what does not fit is found where it is read.
  private func bindSizes(_ shape: ShapeSyntax, _ item: Item) {
    guard case .axes(let axes, _) = shape, case .concrete(let value, _) = item, value.tag == .tensor,
      tensorNode(value).rank == axes.count
    else { return }
    for (axis, size) in axes.enumerated() {
      guard case .size(let e) = size, case .name = e.kind, let binding = e.binding, binding.kind == .size else {
        continue
      }
      if scope.items[ObjectIdentifier(binding)] == nil {
        scope.items[ObjectIdentifier(binding)] = .integer(tensorNode(value).dim(axis))
      }
    }
  }
}
