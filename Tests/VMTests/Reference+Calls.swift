// Calls of the reference: arguments from left to right, then defaults, then the body. Builtins are the few that the
// random programs and the small scripts use.
import Syntax

extension Reference {
  mutating func call(_ callee: Expr, _ arguments: [Argument]) throws -> Plain {
    let function = try value(callee)
    var positional: [Plain] = []
    var named: [(name: String, value: Plain)] = []
    for argument in arguments {
      let value = try value(argument.value)
      if let name = argument.name { named.append((name, value)) } else { positional.append(value) }
    }
    if case .builtin(let name) = function {
      if !named.isEmpty { throw Unsupported(what: "named arguments of \(name)") }
      return try builtin(name, positional)
    }
    return try call(function, positional, named)
  }

  private mutating func call(
    _ function: Plain, _ positional: [Plain], _ named: [(name: String, value: Plain)] = []
  ) throws -> Plain {
    if case .builtin(let name) = function { return try builtin(name, positional) }
    if case .failure = function { throw Unsupported(what: "a caught error as a value") }
    guard case .function(let function) = function else { throw PlainFailure("call") }
    let node = function.node
    if node.result != nil || node.parameters.contains(where: { $0.shape != nil }) {
      throw Unsupported(what: "shapes")
    }
    let names = node.parameters.map(\.declaration.name)
    if positional.count > names.count { throw PlainFailure("arity") }
    var given: [String: Plain] = [:]
    for (name, value) in zip(names, positional) { given[name] = value }
    for (name, value) in named {
      if given[name] != nil || !names.contains(name) { throw PlainFailure("argument \(name)") }
      given[name] = value
    }
    for parameter in node.parameters where given[parameter.declaration.name] == nil && parameter.defaultValue == nil {
      throw PlainFailure("arity")
    }
    depth += 1
    if depth > 60 { throw Unsupported(what: "such deep calls") }
    let outer = scopes
    scopes = [outer[0], function.held, [:]]
    defer {
      scopes = outer
      depth -= 1
    }
    // A function sees itself.
    if let name = node.name { scopes[1][name.name] = .function(function) }
    for parameter in node.parameters {
      let name = parameter.declaration.name
      if let value = given[name] {
        define(name, value)
      } else if let e = parameter.defaultValue {
        define(name, try value(e))
      }
    }
    do { return try value(node.body) } catch Leaving.function(let result) { return result }
  }

  // MARK: Builtins

  private mutating func builtin(_ name: String, _ values: [Plain]) throws -> Plain {
    switch (name, values.count) {
    case ("print", _):
      output += try values.map { try $0.shown() }.joined(separator: " ") + "\n"
      return .none
    case ("fail", 1):
      if case .failure(let failure) = values[0] { throw failure }
      guard case .string(let text) = values[0] else { throw PlainFailure("fail") }
      throw PlainFailure("fail", said: text)
    case ("len", 1): return .int(try items(values[0]).count)
    case ("str", 1): return .string(try values[0].shown())
    case ("append", 2):
      guard case .list(let items) = values[0] else { throw PlainFailure("append") }
      return .list(items + [values[1]])
    case ("abs", 1): return try Plain.absolute(values[0])
    case ("min", 2), ("max", 2):
      for value in values where !value.isNumber && !value.isTree { throw PlainFailure(name) }
      return try Plain.extreme(values[0], values[1], largest: name == "max")
    case ("get", 3):
      guard case .record(let fields) = values[0] else { throw PlainFailure("get") }
      let key = try values[1].key()
      return try fields.first { try $0.key.equals(key) }?.value ?? values[2]
    case ("keys", 1), ("values", 1), ("items", 1):
      guard case .record(let fields) = values[0] else { throw PlainFailure(name) }
      return .list(fields.map { name == "keys" ? $0.key : name == "values" ? $0.value : .list([$0.key, $0.value]) })
    case ("map", 2) where !values[0].isFunction, ("filter", 2) where !values[0].isFunction,
      ("fold", 3) where !values[0].isFunction:
      throw PlainFailure(name)
    case ("map", 2): return .list(try items(values[1]).map { try call(values[0], [$0]) })
    case ("filter", 2): return .list(try items(values[1]).filter { try truth(call(values[0], [$0])) })
    case ("fold", 3): return try items(values[2]).reduce(values[1]) { try call(values[0], [$0, $1]) }
    case ("sum", 1), ("prod", 1): return try reduction(values[0], name == "sum" ? .add : .multiply)
    case ("reverse", 1):
      guard case .list(let items) = values[0] else { throw Unsupported(what: name) }
      return .list(items.reversed())
    case ("list", 1): return .list(try items(values[0]))
    case ("enumerate", 1):
      return .list(try items(values[0]).enumerated().map { .list([.int($0.offset), $0.element]) })
    case ("zip", 2): return .list(zip(try items(values[0]), try items(values[1])).map { .list([$0, $1]) })
    default: throw Unsupported(what: name)
    }
  }

  /// Items are numbers, or trees of them; booleans count as 0 and 1 among numbers.
  private func reduction(_ value: Plain, _ operation: BinaryOperator) throws -> Plain {
    guard case .list(var items) = value else { throw Unsupported(what: "a reduction of this") }
    let hasTrees = items.contains { $0.isTree }
    for (index, item) in items.enumerated() {
      switch item {
      case .int, .float, .list, .record: break
      case .bool(let x): if !hasTrees { items[index] = .int(x ? 1 : 0) }
      default: throw PlainFailure("kinds")
      }
    }
    guard let first = items.first else { return .int(operation == .add ? 0 : 1) }
    return try items.dropFirst().reduce(first) { try Plain.binary(operation, $0, $1) }
  }
}
