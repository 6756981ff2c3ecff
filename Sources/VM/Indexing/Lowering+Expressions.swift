// Expressions of a body, one by one: names, blocks, choices, fields. What is known through and through is computed by the
// machine as anywhere else.
import Diagnostics
import KernelTypes
import Recurrences
import Syntax
import Tensor

extension Lowering {
  func item(_ e: Expr) throws -> Item {
    depth += 1
    defer { depth -= 1 }
    return try at(e.span) {
      if depth > Lowering.maximumDepth {
        throw notInBody("a chain of calls as deep as this", help: "name steps on the way: `let y[i] = f(x[i])`")
      }
      return try lower(e)
    }
  }

  private func lower(_ e: Expr) throws -> Item {
    switch e.kind {
    case .none: return .concrete(.none, "none")
    case .bool(let value): return .boolean(value)
    case .int(let value): return .integer(value)
    case .float(let value): return .number(value)
    case .string(let text): return .concrete(heap.internedString(text), text)
    case .name(let name): return try self.name(name, e)
    case .unary(.negate, let a): return try negated(item(a))
    case .unary(.not, let a): return try inverted(item(a))
    case .binary(let operation, let a, let b, _): return try binary(operation, item(a), item(b))
    case .comparison(let operands, let operators): return try comparison(operands, operators)
    case .and(let a, let b): return try conjunction(a, b)
    case .or(let a, let b): return try disjunction(a, b)
    case .ifElse(let condition, let then, let otherwise): return try choice(condition, then, otherwise)
    case .block(let block): return try self.block(block)
    case .index(let base, let items): return try read(base, items)
    case .field(let base, let name, _): return try field(item(base), name)
    case .call(let callee, let arguments): return try call(callee, arguments)
    case .function(let node): return .function(node, scope)
    case .list(let items): return try list(items)
    case .range(let start, let end, let step): return try range(start, end, step)
    case .listComprehension: throw notInBody("a list comprehension", help: "a reduction takes the terms themselves")
    case .comprehension: throw notInBody("a comprehension on its own", help: "`sum(e for i)` reduces it")
    case .interpolation: throw notInBody("an interpolated string")
    case .record: throw notInBody("a record")
    case .tryCatch: throw notInBody("`try`")
    case .error: throw problem(.internalError("the tree of a faulty program was lowered"))
    }
  }

  // MARK: Names

  private func name(_ name: String, _ e: Expr) throws -> Item {
    guard let binding = e.binding else { throw problem(.internalError("the name \(name) was not resolved")) }
    guard let item = try meaning(of: binding) else { throw problem(.usedBeforeDefinition(name)) }
    return item
  }

  private func meaning(of binding: Binding) throws -> Item? {
    let key = ObjectIdentifier(binding)
    if let item = scope.items[key] { return item }
    if binding.kind == .builtin { return machine.prelude(binding.name).map { item($0, binding.name) } }
    if let node = scope.node, let closure = scope.closure {
      if let slot = node.captures.firstIndex(where: { $0 === binding }) {
        return item(ClosureRef(closure).captures[slot], binding.name)
      }
      if let own = node.name?.binding, own === binding { return .concrete(closure, binding.name) }
    }
    if let code = scope.names.functions[key] {
      return .concrete(machine.constantClosure(machine.codes[code]), binding.name)
    }
    return machine.global(binding.name, in: scope.names.scope).map { item($0, binding.name) }
  }

  /// Runs `body` in the meaning of names as it is now, and forgets what it adds.
  func scoped<R>(_ body: () throws -> R) rethrows -> R {
    let outer = scope
    defer { scope = outer }
    return try body()
  }

  func bind(_ declaration: Declaration, _ item: Item) {
    if let binding = declaration.binding { scope.items[ObjectIdentifier(binding)] = item }
  }

  // MARK: Blocks

  private func block(_ block: Block) throws -> Item {
    try scoped {
      try bindings(of: block)
      guard let last = block.statements.last else { return .concrete(.none, "none") }
      return try at(last.span) {
        switch last.kind {
        case .expression(let e): return try item(e)
        case .returnValue(let e?): return try item(e)
        default: throw notInBody("a block without a value", help: "its last line is its value")
        }
      }
    }
  }

  /// Binds the names of all statements of a block but the last.
  func bindings(of block: Block) throws {
    for statement in block.statements.dropLast() {
      try at(statement.span) {
        switch statement.kind {
        case .declare(let pattern, false, nil, let e, _): try destructure(pattern, item(e))
        case .function(let node):
          if let name = node.name { bind(name, .function(node, scope)) }
        case .declare(_, true, _, _, _), .assign, .compoundAssign:
          throw notInBody("a variable that changes", help: "name the new value with `let`")
        case .whileLoop, .forLoop: throw notInBody("a loop", help: "`sum(e for k in a..b)` and its like go over terms")
        default: throw notInBody("this statement", help: "a block in a body has `let`, and a value as its last line")
        }
      }
    }
  }

  private func destructure(_ pattern: Pattern, _ value: Item) throws {
    switch pattern {
    case .ignore: break
    case .name(let declaration): bind(declaration, value)
    case .list(let parts, _):
      guard case .concrete(let list, let name) = value, list.tag == .list, ListRef(list).count == parts.count else {
        throw notInBody("taking apart what is no list of \(parts.count) items")
      }
      for (index, part) in parts.enumerated() {
        try destructure(part, item(ListRef(list)[index], "\(name)[\(index)]"))
      }
    }
  }

  // MARK: Known values

  /// The script's value of something known.
  func known(_ item: Item) -> Value? {
    switch item {
    case .concrete(let value, _): value
    case .number(let value): Value(value)
    case .boolean(let value): Value(value)
    case .affine(let affine) where affine.isConstant: Value(affine.constant)
    case .magnitude(let affine) where affine.isConstant: Value(Swift.abs(affine.constant))
    default: nil
    }
  }

  /// An owned result of a computation on known values.
  func computed(_ value: Value) -> Item { item(keep(value), text(span)) }

  func describe(_ item: Item) -> String {
    switch item {
    case .concrete(let value, _): return heap.typeName(value)
    case .number(let value): return "the number \(value)"
    case .boolean(let value): return "the boolean \(value)"
    case .affine, .magnitude, .extremum: return "an integer"
    case .holds: return "a boolean"
    case .value(let value): return builder.type(value) == .bool ? "a boolean" : "a \(builder.type(value).name)"
    case .table: return "a whole table"
    case .function: return "a function"
    }
  }

  private func field(_ base: Item, _ name: String) throws -> Item {
    guard let value = known(base) else {
      throw problem(.wrongType(operation: "`.\(name)`", expected: "a record", found: describe(base)))
    }
    var site = FieldSite(name: heap.internedString(name), layoutID: Layout.dictionary, slot: 0)
    return computed(try machine.field(value, &site))
  }

  private func list(_ items: [ListItem]) throws -> Item {
    var values: [Value] = []
    for case .value(let e) in items {
      guard let value = known(try item(e)) else { throw notInBody("a list of computed values") }
      values.append(value)
    }
    if values.count != items.count { throw notInBody("a spread list") }
    return computed(heap.list(values.map { heap.retained($0) }))
  }

  private func range(_ start: Expr?, _ end: Expr?, _ step: Expr?) throws -> Item {
    guard let start, let end, let first = try integer(item(start)), let last = try integer(item(end)) else {
      throw notInBody("a range", help: "ranges belong behind `for k in`")
    }
    let by = try step.map { try integer(item($0)) ?? 1 } ?? 1
    if by == 0 { throw problem(.badValue(operation: "a range", detail: "its step is 0")) }
    return computed(heap.range(first, last, step: by))
  }

  /// The integer that something known is; scalars go wherever numbers go.
  func integer(_ item: Item) throws -> Int? {
    guard let value = known(item) else { return nil }
    return try machine.integer(value)
  }
}
