// Functions and closures: parameters, defaults, sizes of the signature, the body, what is returned.
//
// On entry the parameters are in the first registers, `absent` where not given. Each default is evaluated in order (it
// sees the parameters before it), then each shape is checked in order, binding its sizes; then captures that the body
// uses are read where they are used.
import Diagnostics
import Syntax

extension FunctionCompiler {
  /// A closure of `function` in `target`.
  func closure(_ function: FunctionNode, _ target: Int) throws {
    let code = try compileFunction(function)
    if function.captures.isEmpty {
      emit(.constant, target, bc: constant(module.constantClosure(code)))
      return
    }
    let window = next
    for capture in function.captures {
      let register = allocate()
      try loadBinding(capture, into: register, function.span)
    }
    if code.id >= 65_536 { tooLarge("the program has more than 65536 functions") }
    self.code.closureCaptureCounts[code.id] = function.captures.count
    emit(.makeClosure, target, code.id, window)
  }

  @discardableResult
  func compileFunction(_ function: FunctionNode) throws -> Code {
    let known = function.name?.binding.flatMap { module.functionCodes[ObjectIdentifier($0)] }
    let code = known ?? module.newCode(function)
    let compiler = FunctionCompiler(module, code: code, node: function)
    try compiler.body(of: function)
    return code
  }

  private func body(of function: FunctionNode) throws {
    emit(.enter)
    for parameter in function.parameters { bind(parameter.declaration.binding, to: allocate()) }
    for (register, parameter) in function.parameters.enumerated() {
      guard let defaultValue = parameter.defaultValue else { continue }
      let given = Label()
      emitJump(.jumpIfPresent, register, to: given)
      try value(defaultValue, into: register)
      place(given)
    }
    for (register, parameter) in function.parameters.enumerated() {
      guard let shape = parameter.shape else { continue }
      try checkShape(shape, register, subject: "`\(parameter.declaration.name)`")
    }
    try at(function.body.span) {
      if try tailStatements(function.body) { return }
      let result = allocate()
      try value(function.body, into: result)
      try returnValue(result)
    }
    try finish()
  }

  /// A block body: its statements, then the return. Returns false for an expression body.
  private func tailStatements(_ body: Expr) throws -> Bool {
    guard case .block(let block) = body.kind else { return false }
    declareFunctions(block.statements)
    for (index, statement) in block.statements.enumerated() {
      guard index == block.statements.count - 1 else {
        try self.statement(statement)
        continue
      }
      try at(statement.span) {
        switch statement.kind {
        case .expression(let e): try returnExpression(e)
        case .returnValue: try self.statement(statement)
        default:
          try self.statement(statement)
          try returnNone()
        }
      }
    }
    if block.statements.isEmpty { try returnNone() }
    return true
  }

  /// The value of a tail expression; `if` in tail position returns from its branches.
  private func returnExpression(_ e: Expr) throws {
    if case .ifElse(let condition, let then, let otherwise) = e.kind {
      let elseLabel = Label()
      try branch(condition, to: elseLabel, when: false)
      try scope { _ = try tailStatements(Expr(.block(then), then.span)) }
      place(elseLabel)
      if let otherwise {
        if case .block(let block) = otherwise.kind {
          try scope { _ = try tailStatements(Expr(.block(block), block.span)) }
        } else {
          try at(otherwise.span) { try returnExpression(otherwise) }
        }
      } else {
        try returnNone()
      }
      return
    }
    try scope {
      let result = try value(e)
      try at(e.span) { try returnValue(result) }
    }
  }

  func returnNone() throws {
    if node?.result != nil {
      let register = allocate()
      emit(.loadNone, register)
      try returnValue(register)
      return
    }
    for mark in tries.reversed() { emit(.tryEnd, mark) }
    emit(.returnNone)
  }

  /// Checks the result's shape, ends the `try`s around and returns.
  func returnValue(_ register: Int) throws {
    if let shape = node?.result { try checkShape(shape, register, subject: "the result of `\(code.name)`") }
    for mark in tries.reversed() { emit(.tryEnd, mark) }
    emit(.return, register)
  }

  // MARK: Shapes

  /// Emits the check of `register` against a shape annotation, binding names that have no size yet.
  func checkShape(_ shape: ShapeSyntax, _ register: Int, subject: String) throws {
    var later: [(size: Int, expected: Expr)] = []
    let check = try resolve(shape, &later)
    let span: Span
    switch shape {
    case .axes(_, let place), .record(_, let place): span = place
    }
    code.shapes.append(ShapeTest(shape: check, subject: subject, span: span))
    at(span) { _ = emit(.checkShape, register, code.shapes.count - 1) }
    for (size, expected) in later {
      try scope {
        let wanted = try value(expected)
        at(expected.span) { _ = emit(.checkMember, size, wanted) }
      }
    }
  }

  private func resolve(_ shape: ShapeSyntax, _ later: inout [(size: Int, expected: Expr)]) throws -> ShapeCheck {
    switch shape {
    case .record(let fields, _):
      var checks: [(name: String, shape: ShapeCheck)] = []
      for field in fields { checks.append((field.name, try resolve(field.shape, &later))) }
      return .record(checks)
    case .axes(let axes, _):
      return .axes(try axes.map { try resolve($0, &later) })
    }
  }

  private func resolve(_ axis: AxisSyntax, _ later: inout [(size: Int, expected: Expr)]) throws -> AxisCheck {
    switch axis {
    case .any: return .any
    case .rest: return .rest
    case .size(let e):
      if case .int(let size) = e.kind { return .constant(size) }
      if case .name(let name) = e.kind, let binding = e.binding {
        if let known = register(of: binding) { return .equals(register: known, name: name) }
        if binding.kind == .size {
          let register = allocate()
          bind(binding, to: register)
          return .bind(register: register, name: name)
        }
      }
      // `[n + 1]`: the size goes to a register of its own and is compared when the whole shape has been read.
      let register = allocate()
      later.append((register, e))
      return .bind(register: register, name: module.text(e.span))
    }
  }
}
