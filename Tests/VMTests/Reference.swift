// A plain evaluator that walks the syntax tree: slow, obvious, and independent of the compiler and the machine. It knows
// numbers, strings, ranges, lists, records, functions, loops, places and `try`; anything else is `Unsupported`.
//
// Scopes are a stack of dictionaries, the first one the module's; blocks are expressions whose value is that of their
// last expression; `break`, `continue` and `return` are thrown to the construct that they leave.
//
// Read: Plain (values), Plain+Arithmetic, this file (statements, scopes), Reference+Expressions, +Calls, +Places.
import Syntax

struct Reference {
  enum Leaving: Error {
    case loop, round
    case function(Plain)
  }
  struct Result {
    var output = ""
    var failed = false
  }

  var scopes: [[String: Plain]] = [[:]]
  var functions: [String: FunctionNode] = [:]
  /// Names that the top level declares, some of them later.
  private var declared = Set<String>()
  private let builtins: Set<String>
  var output = ""
  var depth = 0
  private var steps = 0
  private let stepLimit: Int

  /// What a module prints, and whether it ends with an error.
  static func run(_ module: Module, builtins: Set<String>, steps: Int = 10_000_000) throws -> Result {
    var reference = Reference(builtins: builtins, steps: steps)
    for statement in module.statements {
      switch statement.kind {
      case .function(let function): if let name = function.name { reference.functions[name.name] = function }
      case .declare(let pattern, _, _, _, _): reference.declared.formUnion(names(pattern))
      case .param(let declaration, _, _): reference.declared.insert(declaration.name)
      default: break
      }
    }
    var failed = false
    do {
      for statement in module.statements { try reference.run(statement) }
    } catch is PlainFailure {
      failed = true
    }
    return Result(output: reference.output, failed: failed)
  }

  private init(builtins: Set<String>, steps: Int) {
    self.builtins = builtins
    stepLimit = steps
  }

  private static func names(_ pattern: Pattern) -> [String] {
    switch pattern {
    case .name(let declaration): [declaration.name]
    case .list(let parts, _): parts.flatMap(names)
    case .ignore: []
    }
  }

  mutating func step() throws {
    steps += 1
    if steps > stepLimit { throw Unsupported(what: "so many steps") }
  }

  // MARK: Statements

  mutating func run(_ statement: Statement) throws {
    try step()
    switch statement.kind {
    case .expression(let e): _ = try value(e)
    case .declare(let pattern, _, nil, let e, _): try declare(pattern, try value(e))
    case .param(let declaration, let e, _): try declare(.name(declaration), try value(e))
    case .assign(let target, let e): try assign(target, e)
    case .compoundAssign(let place, let operation, let e, _): try update(place, operation, e)
    case .function(let function):
      if let name = function.name, scopes.count > 1 { define(name.name, try closure(function)) }
    case .whileLoop(let condition, let body):
      try loop { reference in
        while try reference.truth(reference.value(condition)) {
          try reference.round { try $0.run(body) }
        }
      }
    case .forLoop(let pattern, let sequence, let body):
      let items = try self.items(try value(sequence))
      try loop { reference in
        for item in items {
          try reference.round { reference in
            try reference.scope {
              try $0.declare(pattern, item)
              try $0.run(body)
            }
          }
        }
      }
    case .breakLoop: throw Leaving.loop
    case .continueLoop: throw Leaving.round
    case .returnValue(let e): throw Leaving.function(try e.map { try value($0) } ?? .none)
    case .assert(let condition, let message):
      if try !truth(value(condition)) {
        _ = try message.map { try value($0) }
        throw PlainFailure("assertion")
      }
    case .test: break
    default: throw Unsupported(what: "this statement")
    }
  }

  private mutating func loop(_ body: (inout Reference) throws -> Void) throws {
    do { try body(&self) } catch Leaving.loop {}
  }
  private mutating func round(_ body: (inout Reference) throws -> Void) throws {
    try step()
    do { try body(&self) } catch Leaving.round {}
  }

  /// Runs a block for its effects.
  private mutating func run(_ block: Block) throws {
    try scope { reference in
      for statement in block.statements { try reference.run(statement) }
    }
  }

  /// A block's value is that of its last statement, if this is an expression.
  mutating func value(_ block: Block) throws -> Plain {
    try scope { reference in
      for statement in block.statements.dropLast() { try reference.run(statement) }
      guard let last = block.statements.last else { return .none }
      if case .expression(let e) = last.kind { return try reference.value(e) }
      try reference.run(last)
      return .none
    }
  }

  // MARK: Names

  mutating func scope<R>(_ body: (inout Reference) throws -> R) rethrows -> R {
    scopes.append([:])
    let depth = scopes.count
    defer { scopes.removeLast(scopes.count - depth + 1) }
    return try body(&self)
  }

  mutating func define(_ name: String, _ value: Plain) { scopes[scopes.count - 1][name] = value }

  mutating func declare(_ pattern: Pattern, _ value: Plain) throws {
    switch pattern {
    case .name(let declaration): define(declaration.name, value)
    case .ignore: break
    case .list(let parts, _):
      for (part, item) in zip(parts, try items(value, for: parts.count)) { try declare(part, item) }
    }
  }

  /// The items of a list that is taken apart into `count` names.
  func items(_ value: Plain, for count: Int) throws -> [Plain] {
    guard case .list(let items) = value, items.count == count else { throw PlainFailure("taking apart") }
    return items
  }

  func lookUp(_ name: String) throws -> Plain {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    if let function = functions[name] { return .function(PlainFunction(function, held: [:])) }
    if declared.contains(name) { throw PlainFailure("\(name) is not defined yet") }
    switch name {
    case "inf": return .float(.infinity)
    case "nan": return .float(.nan)
    default: break
    }
    if builtins.contains(name) { return .builtin(name) }
    throw Unsupported(what: name)
  }

  /// A function with the values that its names have now.
  func closure(_ function: FunctionNode) throws -> Plain {
    var held: [String: Plain] = [:]
    for scope in scopes { held.merge(scope) { $1 } }
    return .function(PlainFunction(function, held: held))
  }

  func truth(_ value: Plain) throws -> Bool {
    guard case .bool(let flag) = value else { throw PlainFailure("condition") }
    return flag
  }

  /// What `for` walks.
  func items(_ value: Plain) throws -> [Plain] {
    switch value {
    case .list(let items): return items
    case .record(let fields): return fields.map(\.key)
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .range(let start, let end, let step):
      if Plain.count(start, end, step) > 100_000 { throw Unsupported(what: "so many steps") }
      return stride(from: start, to: end, by: step).map(Plain.int)
    default: throw PlainFailure("items")
    }
  }
}
