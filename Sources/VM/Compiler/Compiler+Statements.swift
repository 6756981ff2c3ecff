// Statements, and the top level of a module: a function whose names other functions may read from module slots.
import Diagnostics
import Syntax

extension FunctionCompiler {
  func statement(_ statement: Statement) throws {
    try at(statement.span) {
      // Names declared by the statement stay; temporaries go.
      switch statement.kind {
      case .expression(let e): try scope { try discard(e) }
      case .declare(let pattern, _, let shape, let e, _): try declare(pattern, shape, e)
      case .assign(let target, let e): try scope { try assign(target, e) }
      case .compoundAssign(let place, let operation, let e, let operatorSpan):
        try scope { try compoundAssign(place, operation, e, operatorSpan) }
      case .defineIndexed(let declaration, let binders, let body): try defineIndexed(declaration, binders, body)
      case .rec(let node): try recurrence(node)
      case .function(let function): try defineFunction(function)
      case .whileLoop(let condition, let body): try whileLoop(condition, body)
      case .forLoop(let pattern, let sequence, let body): try forLoop(pattern, sequence, body)
      case .breakLoop: leaveLoop(\.breakLabel)
      case .continueLoop: leaveLoop(\.continueLabel)
      case .returnValue(let e):
        try scope {
          if let e {
            let register = try value(e)
            try at(e.span) { try returnValue(register) }
          } else {
            try returnNone()
          }
        }
      case .assert(let condition, let message): try scope { try assertion(condition, message) }
      case .param(let declaration, let e, _): try parameter(declaration, e)
      case .importModule(let name, let isPath, let declaration): importModule(name, isPath, declaration)
      case .test(let name, let block): try test(name, block)
      }
    }
  }

  /// Gives the functions of a block their code numbers, so that calls find them.
  func declareFunctions(_ statements: [Statement]) {
    for statement in statements {
      if case .function(let function) = statement.kind { module.declare(function) }
    }
  }

  /// Evaluates for effect.
  private func discard(_ e: Expr) throws {
    switch e.kind {
    case .ifElse(let condition, let then, let otherwise):
      let elseLabel = Label()
      let endLabel = Label()
      try branch(condition, to: elseLabel, when: false)
      try effects(then)
      if let otherwise {
        emitJump(.jump, to: endLabel)
        place(elseLabel)
        try at(otherwise.span) { try scope { try discard(otherwise) } }
      } else {
        place(elseLabel)
      }
      place(endLabel)
    case .block(let block): try effects(block)
    case .tryCatch(let body, let name, let handler): try tryStatement(body, name, handler) { try effects($0) }
    case .name where e.binding.map({ register(of: $0) != nil }) ?? false: break
    default:
      let register = allocate()
      try value(e, into: register)
      emit(.drop, register, flags: Flag.killA)
    }
  }

  func effects(_ block: Block) throws {
    try scope {
      declareFunctions(block.statements)
      for statement in block.statements { try self.statement(statement) }
    }
  }

  // MARK: Declarations

  private func declare(_ pattern: Pattern, _ shape: ShapeSyntax?, _ e: Expr) throws {
    let register = allocate()
    try value(e, into: register)
    if let shape {
      var subject = "the value"
      if case .name(let declaration) = pattern { subject = "`\(declaration.name)`" }
      try checkShape(shape, register, subject: subject)
    }
    try destructure(pattern, register)
  }

  /// Binds the names of a pattern to parts of the value in `register`.
  func destructure(_ pattern: Pattern, _ register: Int) throws {
    switch pattern {
    case .ignore: break
    case .name(let declaration):
      guard let binding = declaration.binding else { return }
      // A session's variable has had its register since the line began.
      if binding.isTopLevel, binding.kind == .varName, let home = sessionRegisters[binding.name] {
        emit(.move, home, register)
        return
      }
      bind(binding, to: register)
      publish(binding, register)
    case .list(let parts, let span):
      let first = allocate(parts.count)
      at(span) { _ = emit(.unpack, register, first, parts.count) }
      for (index, part) in parts.enumerated() { try destructure(part, first + index) }
    }
  }

  private func defineFunction(_ function: FunctionNode) throws {
    guard let binding = function.name?.binding else { return }
    if let known = module.functionCodes[ObjectIdentifier(binding)], known.captureCount == 0 {
      try compileFunction(function)
      if binding.isTopLevel {
        if module.bindsLate {
          try scope {
            let register = allocate()
            emit(.constant, register, bc: constant(module.constantClosure(known)))
            emit(.storeGlobal, register, bc: module.slot(binding.name))
          }
        }
      }
      return
    }
    let register = allocate()
    try closure(function, register)
    bind(binding, to: register)
    publish(binding, register)
  }

  private func assertion(_ condition: Expr, _ message: Expr?) throws {
    let holds = Label()
    try branch(condition, to: holds, when: true)
    let register = allocate()
    if let message {
      try value(message, into: register)
    } else {
      emit(.constant, register, bc: constant(module.text(condition.span)))
    }
    at(condition.span) { _ = emit(.assertFailed, register, message == nil ? 0 : 1) }
    place(holds)
  }

  private func parameter(_ declaration: Declaration, _ e: Expr) throws {
    guard let binding = declaration.binding else { return }
    let register = allocate()
    try value(e, into: register)
    if module.role != .imported { emit(.parameter, register, bc: constant(declaration.name)) }
    bind(binding, to: register)
    publish(binding, register)
  }

  private func importModule(_ name: String, _ isPath: Bool, _ declaration: Declaration) {
    guard let binding = declaration.binding else { return }
    let register = allocate()
    code.imports.append((name, isPath))
    emit(.importModule, register, bc: code.imports.count - 1)
    bind(binding, to: register)
    publish(binding, register)
  }

  /// A test block runs in place when tests are asked for; its failure is reported and the script goes on.
  private func test(_ name: String, _ block: Block) throws {
    let after = Label()
    let index = constant(name)
    emitJump(.testBegin, index, to: after)
    let mark = allocate()
    emit(.tryBegin, mark)
    tries.append(mark)
    let start = pc
    try effects(block)
    emit(.tryEnd, mark)
    tries.removeLast()
    code.handlers.append(
      Handler(start: start, end: pc, target: pc + 2, register: -1, isCleanup: false, mark: mark))
    emit(.testPassed, index)
    emitJump(.jump, to: after)
    emit(.testFailed, index)
    place(after)
  }
}
