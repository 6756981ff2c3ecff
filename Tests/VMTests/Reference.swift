// A plain evaluator that walks the syntax tree: slow, obvious, and independent of the compiler and the machine. It knows
// numbers, strings, lists, records, functions, loops, places and `try`, which is what the random programs use.
import Syntax

indirect enum Plain: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([Plain])
  case record([(key: String, value: Plain)])
  case function(FunctionNode, [String: Plain])

  static func == (a: Plain, b: Plain) -> Bool {
    switch (a, b) {
    case (.none, .none): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.float(let x), .float(let y)): x == y
    case (.int(let x), .float(let y)), (.float(let y), .int(let x)): Double(x) == y
    case (.string(let x), .string(let y)): x == y
    case (.list(let x), .list(let y)): x == y
    case (.record(let x), .record(let y)):
      x.count == y.count && x.allSatisfy { field in y.contains { $0.key == field.key && $0.value == field.value } }
    default: false
    }
  }

  func shown(inside: Bool = false) -> String {
    switch self {
    case .none: "none"
    case .bool(let x): "\(x)"
    case .int(let x): "\(x)"
    case .float(let x): "\(x)"
    case .string(let x): inside ? "\"\(x)\"" : x
    case .list(let items): "[" + items.map { $0.shown(inside: true) }.joined(separator: ", ") + "]"
    case .record(let fields):
      "{" + fields.map { "\($0.key): \($0.value.shown(inside: true))" }.joined(separator: ", ") + "}"
    case .function: "function"
    }
  }
}

/// A problem a script can catch.
struct PlainFailure: Error { let text: String }

struct Reference {
  private enum Flow {
    case on
    case leaveLoop, nextRound
    case result(Plain)
  }
  private var scopes: [[String: Plain]] = [[:]]
  private var functions: [String: FunctionNode] = [:]
  private var steps = 0
  private(set) var output: [String] = []

  static func lines(_ module: Module) -> [String] {
    var reference = Reference()
    for statement in module.statements {
      if case .function(let function) = statement.kind, let name = function.name {
        reference.functions[name.name] = function
      }
    }
    do {
      if let first = module.statements.first { _ = try reference.run(Block(module.statements, first.span)) }
    } catch {
      reference.output.append("error")
    }
    return reference.output
  }

  // MARK: Statements

  private mutating func run(_ statement: Statement) throws -> Flow {
    switch statement.kind {
    case .expression(let e): _ = try value(e)
    case .declare(let pattern, _, _, let e, _): declare(pattern, try value(e))
    case .assign(.place(let place), let e):
      let indices = try self.indices(place)
      try store(place, indices, try value(e))
    case .compoundAssign(let place, let operation, let e, _):
      let indices = try self.indices(place)
      let right = try value(e)
      try store(place, indices, try arithmetic(operation, try read(place, indices), right))
    case .function: break
    case .whileLoop(let condition, let body):
      while try truth(value(condition)) {
        switch try run(body) {
        case .leaveLoop: return .on
        case .result(let value): return .result(value)
        default: break
        }
      }
    case .forLoop(let pattern, let sequence, let body):
      for item in try items(sequence) {
        scopes.append([:])
        declare(pattern, item)
        let flow = try run(body)
        scopes.removeLast()
        switch flow {
        case .leaveLoop: return .on
        case .result(let value): return .result(value)
        default: break
        }
      }
    case .breakLoop: return .leaveLoop
    case .continueLoop: return .nextRound
    case .returnValue(let e): return .result(try e.map { try value($0) } ?? .none)
    default: throw PlainFailure(text: "not part of the reference")
    }
    return .on
  }

  private mutating func run(_ block: Block) throws -> Flow {
    steps += 1
    if steps > 20_000 { throw PlainFailure(text: "steps") }
    let depth = scopes.count
    scopes.append([:])
    defer { scopes.removeLast(scopes.count - depth) }
    for statement in block.statements {
      // Blocks in statement position may leave the function or the loop.
      if case .expression(let e) = statement.kind {
        switch e.kind {
        case .ifElse(let condition, let then, let otherwise):
          var flow = Flow.on
          if try truth(value(condition)) {
            flow = try run(then)
          } else if case .block(let block)? = otherwise?.kind {
            flow = try run(block)
          }
          if case .on = flow { continue }
          return flow
        case .tryCatch(let body, let name, let handler):
          let outer = scopes
          var flow: Flow
          do { flow = try run(body) } catch let failure as PlainFailure {
            scopes = merged(outer, scopes)
            scopes.append(name.map { [$0.name: .string(failure.text)] } ?? [:])
            flow = try run(handler)
            scopes.removeLast()
          }
          if case .on = flow { continue }
          return flow
        default: break
        }
      }
      let flow = try run(statement)
      if case .on = flow { continue }
      return flow
    }
    return .on
  }

  /// What was assigned before an error stays.
  private func merged(_ outer: [[String: Plain]], _ inner: [[String: Plain]]) -> [[String: Plain]] {
    Array(inner.prefix(outer.count))
  }

  private mutating func declare(_ pattern: Pattern, _ value: Plain) {
    switch pattern {
    case .name(let declaration): scopes[scopes.count - 1][declaration.name] = value
    case .list(let parts, _):
      if case .list(let items) = value { for (part, item) in zip(parts, items) { declare(part, item) } }
    case .ignore: break
    }
  }

  // MARK: Places

  private mutating func indices(_ place: Place) throws -> [Plain] {
    try place.steps.map { step in
      switch step {
      case .field(let name, _): return .string(name)
      case .index(let items, _):
        guard case .value(let e)? = items.first else { throw PlainFailure(text: "slice") }
        return try value(e)
      }
    }
  }

  private func lookUp(_ name: String) throws -> Plain {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    if let function = functions[name] { return .function(function, [:]) }
    throw PlainFailure(text: "unknown \(name)")
  }

  private func name(_ place: Place) -> String { if case .name(let name) = place.root.kind { name } else { "" } }

  private func read(_ place: Place, _ indices: [Plain]) throws -> Plain {
    try indices.reduce(try lookUp(name(place))) { try item($0, $1) }
  }

  private mutating func store(_ place: Place, _ indices: [Plain], _ value: Plain) throws {
    let root = name(place)
    let new = try replaced(try lookUp(root), indices[...], value, place.steps[...])
    for level in scopes.indices.reversed() where scopes[level][root] != nil {
      scopes[level][root] = new
      return
    }
  }

  private func replaced(
    _ whole: Plain, _ path: ArraySlice<Plain>, _ value: Plain, _ steps: ArraySlice<PlaceStep>
  ) throws -> Plain {
    guard let step = path.first, let kind = steps.first else { return value }
    let isLast = path.count == 1
    switch (whole, step) {
    case (.list(var items), .int(let index)):
      let at = index < 0 ? index + items.count : index
      guard items.indices.contains(at) else { throw PlainFailure(text: "index") }
      items[at] = try replaced(items[at], path.dropFirst(), value, steps.dropFirst())
      return .list(items)
    case (.record(var fields), .string(let key)):
      if let at = fields.firstIndex(where: { $0.key == key }) {
        fields[at].value = try replaced(fields[at].value, path.dropFirst(), value, steps.dropFirst())
      } else if isLast, case .index = kind {
        fields.append((key, value))
      } else {
        throw PlainFailure(text: "field")
      }
      return .record(fields)
    default: throw PlainFailure(text: "place")
    }
  }

  private func item(_ whole: Plain, _ index: Plain) throws -> Plain {
    switch (whole, index) {
    case (.list(let items), .int(let index)):
      let at = index < 0 ? index + items.count : index
      guard items.indices.contains(at) else { throw PlainFailure(text: "index") }
      return items[at]
    case (.record(let fields), .string(let key)):
      guard let field = fields.first(where: { $0.key == key }) else { throw PlainFailure(text: "key") }
      return field.value
    default: throw PlainFailure(text: "item")
    }
  }

  // MARK: Expressions

  private mutating func value(_ e: Expr) throws -> Plain {
    steps += 1
    switch e.kind {
    case .none: return .none
    case .bool(let x): return .bool(x)
    case .int(let x): return .int(x)
    case .float(let x): return .float(x)
    case .string(let x): return .string(x)
    case .interpolation(let parts):
      var text = ""
      for part in parts {
        switch part {
        case .text(let piece): text += piece
        case .value(let e, _): text += try value(e).shown()
        }
      }
      return .string(text)
    case .name(let name): return try lookUp(name)
    case .list(let parts):
      var result: [Plain] = []
      for case .value(let e) in parts { result.append(try value(e)) }
      return .list(result)
    case .record(let parts):
      var fields: [(key: String, value: Plain)] = []
      for case .field(let key, let e) in parts {
        guard case .string(let name) = try value(key) else { continue }
        fields.append((name, try value(e)))
      }
      return .record(fields)
    case .listComprehension(let body, let binders):
      guard let binder = binders.first, case .sequence(let sequence) = binder.range else { return .none }
      var result: [Plain] = []
      for item in try items(sequence) {
        scopes.append([binder.declaration.name: item])
        defer { scopes.removeLast() }
        if try binder.filters.allSatisfy({ try truth(value($0)) }) { result.append(try value(body)) }
      }
      return .list(result)
    case .unary(.negate, let e): return try arithmetic(.subtract, .int(0), try value(e), negating: true)
    case .unary(.not, let e): return .bool(try !truth(value(e)))
    case .binary(let operation, let a, let b, _):
      let left = try value(a)
      return try arithmetic(operation, left, try value(b))
    case .comparison(let operands, let operators):
      var left = try value(operands[0])
      for (index, operation) in operators.enumerated() {
        let right = try value(operands[index + 1])
        if try !compare(operation, left, right) { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .and(let a, let b): return .bool(try truth(value(a)) && truth(value(b)))
    case .or(let a, let b): return .bool(try truth(value(a)) || truth(value(b)))
    case .index(let base, let parts):
      let whole = try value(base)
      guard case .value(let e)? = parts.first else { throw PlainFailure(text: "slice") }
      return try item(whole, try value(e))
    case .field(let base, let name, _): return try item(try value(base), .string(name))
    case .function(let function):
      var captured: [String: Plain] = [:]
      for scope in scopes { captured.merge(scope) { $1 } }
      return .function(function, captured)
    case .ifElse(let condition, let then, let otherwise):
      if try truth(value(condition)) { return try blockValue(then) }
      return try otherwise.map { try value($0) } ?? .none
    case .block(let block): return try blockValue(block)
    case .call(let callee, let arguments): return try call(callee, arguments)
    default: throw PlainFailure(text: "not part of the reference")
    }
  }

  private mutating func blockValue(_ block: Block) throws -> Plain {
    scopes.append([:])
    defer { scopes.removeLast() }
    for (index, statement) in block.statements.enumerated() {
      if index == block.statements.count - 1, case .expression(let e) = statement.kind { return try value(e) }
      _ = try run(statement)
    }
    return .none
  }

  private mutating func call(_ callee: Expr, _ arguments: [Argument]) throws -> Plain {
    if case .name(let name) = callee.kind, (try? lookUp(name)) == nil {
      var values: [Plain] = []
      for argument in arguments { values.append(try value(argument.value)) }
      return try builtin(name, values)
    }
    guard case .function(let function, let captured) = try value(callee) else { throw PlainFailure(text: "call") }
    var values: [Plain] = []
    for argument in arguments { values.append(try value(argument.value)) }
    guard values.count <= function.parameters.count else { throw PlainFailure(text: "arity") }
    let outer = scopes
    scopes = [captured, [:]]
    defer { scopes = outer }
    for (index, parameter) in function.parameters.enumerated() {
      if index < values.count {
        scopes[1][parameter.declaration.name] = values[index]
      } else if let e = parameter.defaultValue {
        scopes[1][parameter.declaration.name] = try value(e)
      } else {
        throw PlainFailure(text: "arity")
      }
    }
    guard case .block(let block) = function.body.kind else { return try value(function.body) }
    // The value of a body is that of its last expression, unless a `return` comes first.
    for (index, statement) in block.statements.enumerated() {
      if index == block.statements.count - 1, case .expression(let e) = statement.kind, !isStatementLike(e) {
        return try value(e)
      }
      if case .result(let value) = try run(Block([statement], statement.span), keepingScope: true) { return value }
    }
    return .none
  }

  /// Runs one statement of a body, whose declarations stay.
  private mutating func run(_ block: Block, keepingScope: Bool) throws -> Flow {
    if case .expression? = block.statements.first?.kind { return try run(block) }
    for statement in block.statements {
      let flow = try run(statement)
      if case .on = flow { continue }
      return flow
    }
    return .on
  }

  private func isStatementLike(_ e: Expr) -> Bool {
    if case .tryCatch = e.kind { return true }
    return false
  }

  private mutating func builtin(_ name: String, _ values: [Plain]) throws -> Plain {
    switch (name, values.first) {
    case ("print", _):
      output.append(values.map { $0.shown() }.joined(separator: " "))
      return .none
    case ("len", .list(let items)?): return .int(items.count)
    case ("len", .string(let text)?): return .int(text.unicodeScalars.count)
    case ("append", .list(let items)?): return .list(items + [values[1]])
    case ("str", let x?): return .string(x.shown())
    case ("abs", .int(let x)?): return .int(abs(x))
    case ("abs", .float(let x)?): return .float(abs(x))
    case ("fail", let x?): throw PlainFailure(text: x.shown())
    case ("min", let a?), ("max", let a?):
      let isLess = try compare(.lessEqual, a, values[1])
      let isMore = try compare(.greaterEqual, a, values[1])
      return name == "min" ? (isLess ? a : values[1]) : (isMore ? a : values[1])
    case ("get", .record(let fields)?):
      guard case .string(let key) = values[1] else { throw PlainFailure(text: "key") }
      return fields.first { $0.key == key }?.value ?? values[2]
    default: throw PlainFailure(text: "builtin \(name)")
    }
  }

  private mutating func items(_ sequence: Expr) throws -> [Plain] {
    if case .range(let a?, let b?, _) = sequence.kind {
      guard case .int(let low) = try value(a), case .int(let high) = try value(b) else {
        throw PlainFailure(text: "range")
      }
      return low < high ? (low..<high).map(Plain.int) : []
    }
    guard case .list(let items) = try value(sequence) else { throw PlainFailure(text: "items") }
    return items
  }

  private func truth(_ value: Plain) throws -> Bool {
    guard case .bool(let flag) = value else { throw PlainFailure(text: "condition") }
    return flag
  }

  private func compare(_ operation: ComparisonOperator, _ a: Plain, _ b: Plain) throws -> Bool {
    if operation == .equal { return a == b }
    if operation == .notEqual { return a != b }
    if operation == .in, case .list(let items) = b { return items.contains(a) }
    switch (a, b) {
    case (.int(let x), .int(let y)): return ordered(operation, x, y)
    case (.string(let x), .string(let y)): return ordered(operation, x, y)
    default:
      guard let x = number(a), let y = number(b) else { throw PlainFailure(text: "order") }
      return ordered(operation, x, y)
    }
  }
  private func ordered<T: Comparable>(_ operation: ComparisonOperator, _ x: T, _ y: T) -> Bool {
    switch operation {
    case .less: x < y
    case .lessEqual: x <= y
    case .greater: x > y
    default: x >= y
    }
  }
  private func number(_ value: Plain) -> Double? {
    switch value {
    case .int(let x): Double(x)
    case .float(let x): x
    default: nil
    }
  }

  private func arithmetic(_ operation: BinaryOperator, _ a: Plain, _ b: Plain, negating: Bool = false) throws -> Plain {
    switch (operation, a, b) {
    case (.join, .string(let x), .string(let y)): return .string(x + y)
    case (.join, .list(let x), .list(let y)): return .list(x + y)
    case (.divide, .int(let x), .int(let y)): return .float(Double(x) / Double(y))
    case (_, .int(let x), .int(let y)):
      let result: (partialValue: Int, overflow: Bool)
      switch operation {
      case .add: result = x.addingReportingOverflow(y)
      case .subtract: result = x.subtractingReportingOverflow(y)
      case .multiply: result = x.multipliedReportingOverflow(by: y)
      case .floorDivide, .modulo:
        if y == 0 { throw PlainFailure(text: "zero") }
        let quotient = Double(x / y) == (Double(x) / Double(y)).rounded(.down) || x % y == 0 ? x / y : x / y - 1
        result = (operation == .floorDivide ? quotient : x - quotient * y, false)
      default: throw PlainFailure(text: "operation")
      }
      if result.overflow { throw PlainFailure(text: "overflow") }
      return .int(result.partialValue)
    default:
      guard let x = number(a), let y = number(b) else { throw PlainFailure(text: "kinds") }
      switch operation {
      case .add: return .float(x + y)
      case .subtract: return .float(negating ? -y : x - y)
      case .multiply: return .float(x * y)
      case .divide: return .float(x / y)
      default: throw PlainFailure(text: "operation")
      }
    }
  }
}
