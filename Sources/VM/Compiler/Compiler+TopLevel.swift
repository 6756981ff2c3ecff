// The top level of a module. Its names are registers for its own code; those that functions read are copied to module
// slots when they are defined. In a session a `var` is taken out of its slot when a line begins, so that it can be
// updated in place, and goes back at the end of the line or when it fails.
import Diagnostics
import Syntax

extension FunctionCompiler {
  /// The register of a variable of this function.
  func register(of binding: Binding) -> Int? {
    if let known = registers[ObjectIdentifier(binding)] { return known }
    if node == nil, binding.isTopLevel, binding.kind == .varName { return sessionRegisters[binding.name] }
    return nil
  }

  /// Makes a top-level name visible to functions and, in a session, to later lines.
  func publish(_ binding: Binding, _ register: Int) {
    guard node == nil, binding.isTopLevel, binding.kind != .varName else { return }
    publications.append((pc, module.slot(binding.name)))
    emit(.storeGlobal, register, bc: module.slot(binding.name))
  }

  func topLevel(_ statements: [Statement]) throws {
    if module.role == .session { takeVariables(statements) }
    let start = pc
    let result = allocate()
    emit(.loadNone, result)
    for (index, statement) in statements.enumerated() {
      if case .test = statement.kind { continue }
      if index == statements.count - 1, module.role == .session, case .expression(let e) = statement.kind {
        try value(e, into: result)
      } else {
        try self.statement(statement)
      }
    }
    // Tests see the whole top level.
    for statement in statements { if case .test = statement.kind { try self.statement(statement) } }
    if module.role == .imported { try exportNames(statements, into: result) }
    // What can still fail is computed while its values are held and its variables can be kept.
    try scope {
      let mark = allocate()
      emit(.loadInt, mark, bc: 0)
      emit(.tryEnd, mark)
    }
    let end = pc
    storeVariables()
    emit(.return, result)
    if !sessionRegisters.isEmpty {
      code.handlers.append(Handler(start: start, end: end, target: pc, register: -1, isCleanup: true))
      storeVariables()
      emit(.rethrow)
    }
    if module.role != .session {
      for (pc, slot) in publications where !module.slotsRead.contains(slot) {
        code.instructions[pc] = Instruction(.nop)
      }
    }
    try finish()
  }

  private func takeVariables(_ statements: [Statement]) {
    for statement in statements {
      switch statement.kind {
      case .declare(let pattern, let mutable, _, _, _):
        for name in names(pattern) {
          if mutable { module.scope.variables.insert(name) } else { module.scope.variables.remove(name) }
        }
      case .function(let function): function.name.map { _ = module.scope.variables.remove($0.name) }
      case .importModule(_, _, let declaration), .param(let declaration, _, _), .defineIndexed(let declaration, _, _):
        module.scope.variables.remove(declaration.name)
      case .rec(let node): for table in node.tables { module.scope.variables.remove(table.declaration.name) }
      default: break
      }
    }
    for name in module.scope.variables.sorted() {
      let register = allocate()
      sessionRegisters[name] = register
      bound.insert(register)
      emit(.takeGlobal, register, bc: module.slot(name))
    }
  }

  private func storeVariables() {
    for (name, register) in sessionRegisters.sorted(by: { $0.key < $1.key }) {
      emit(.storeGlobal, register, bc: module.slot(name))
    }
  }

  private func names(_ pattern: Pattern) -> [String] {
    switch pattern {
    case .name(let declaration): [declaration.name]
    case .list(let parts, _): parts.flatMap(names)
    case .ignore: []
    }
  }

  /// The record of the public names: those without `_` in front, in order of definition.
  private func exportNames(_ statements: [Statement], into result: Int) throws {
    emit(.newRecord, result)
    for statement in statements {
      switch statement.kind {
      case .declare(let pattern, _, _, _, _): try export(pattern, result)
      case .function(let function): if let name = function.name { try export(.name(name), result) }
      case .param(let declaration, _, _), .defineIndexed(let declaration, _, _):
        try export(.name(declaration), result)
      case .rec(let node): for table in node.tables { try export(.name(table.declaration), result) }
      default: break
      }
    }
  }

  private func export(_ pattern: Pattern, _ result: Int) throws {
    switch pattern {
    case .ignore: break
    case .list(let parts, _): for part in parts { try export(part, result) }
    case .name(let declaration):
      guard let binding = declaration.binding, !declaration.name.hasPrefix("_") else { return }
      try scope {
        let key = allocate()
        emit(.constant, key, bc: constant(declaration.name))
        let register = allocate()
        try loadBinding(binding, into: register, declaration.span)
        emit(.recordInsert, result, key, register)
      }
    }
  }
}
