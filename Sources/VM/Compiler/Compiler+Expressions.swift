// Expressions. `value(e)` gives the register that holds the value: the variable's own for a name, else a temporary on
// top of the stack. `value(e, into:)` builds it in a given register, which only the last instruction writes, so that a
// variable keeps its value when the expression fails or reads it.
import Diagnostics
import Syntax

extension FunctionCompiler {
  /// The register holding `e`.
  func value(_ e: Expr) throws -> Int {
    if case .name = e.kind, let binding = e.binding, let register = register(of: binding) {
      return register
    }
    let register = allocate()
    try value(e, into: register)
    return register
  }

  /// The value of `left` for an operation that reads it after `right` was evaluated.
  func operand(_ left: Expr, before right: [Expr]) throws -> Int {
    let register = try value(left)
    guard bound.contains(register), right.contains(where: mayAssign) else { return register }
    let copy = allocate()
    emit(.move, copy, register)
    return copy
  }

  func value(_ e: Expr, into target: Int) throws {
    try at(e.span) { try compile(e, target) }
  }

  private func compile(_ e: Expr, _ target: Int) throws {
    let saved = next
    defer { release(to: saved) }
    switch e.kind {
    case .none: emit(.loadNone, target)
    case .bool(let value): emit(.loadBool, target, value ? 1 : 0)
    case .int(let value): load(Value(value), into: target)
    case .float(let value): load(Value(value), into: target)
    case .string(let text): emit(.constant, target, bc: constant(text))
    case .interpolation(let parts): try interpolation(parts, target)
    case .name(let name): try loadName(name, e, into: target)
    case .list(let items): try list(items, target)
    case .listComprehension(let body, let binders): try comprehension(body, binders, target)
    case .comprehension(let body, let binders):
      if binders.hasBare || definedComprehensions.contains(ObjectIdentifier(e)) {
        try tensorComprehension(body, binders, target)
      } else {
        try comprehension(body, binders, target)
      }
    case .record(let items): try record(items, target)
    case .range(let start, let end, let step):
      let window = allocate(3)
      try rangeEnds(start, end, step, window)
      emit(.makeRange, target, window)
    case .unary(let operation, let operand): try unary(operation, operand, target)
    case .binary(let operation, let left, let right, _): try binary(operation, left, right, target)
    case .comparison(let operands, let operators): try comparison(operands, operators, target)
    case .and(let left, let right): try junction(.shortAnd, .and, left, right, target)
    case .or(let left, let right): try junction(.shortOr, .or, left, right, target)
    case .call(let callee, let arguments): try call(callee, arguments, target)
    case .index(let base, let items): try index(base, items, target)
    case .field(let base, let name, _):
      let object = try value(base)
      emit(.getField, target, object, fieldSite(name))
    case .function(let function): try closure(function, target)
    case .ifElse(let condition, let then, let otherwise): try ifElse(condition, then, otherwise, target)
    case .block(let block): try self.block(block, into: target)
    case .tryCatch(let body, let name, let handler): try tryCatch(body, name, handler, target)
    case .error: throw internalError("the tree of a faulty program was compiled", e.span)
    }
  }

  // MARK: Names

  func loadName(_ name: String, _ e: Expr, into target: Int) throws {
    guard let binding = e.binding else { throw internalError("the name \(name) was not resolved", e.span) }
    try loadBinding(binding, into: target, e.span)
  }

  func loadBinding(_ binding: Binding, into target: Int, _ place: Span?) throws {
    let key = ObjectIdentifier(binding)
    if let register = register(of: binding) {
      if register != target { emit(.move, target, register) }
    } else if let name = node?.name, name.binding === binding, !binding.isTopLevel {
      // A nested function that names itself: the closure that runs, so that no cycle arises.
      emit(.loadSelf, target)
    } else if let index = captureIndex[key] {
      emit(.loadCapture, target, index)
    } else if binding.kind == .builtin {
      guard let value = module.machine.prelude(binding.name) else {
        throw Diagnostic(.unknownName(binding.name, near: []), at: place)
      }
      load(value, into: target)
    } else if let code = module.functionCodes[key], code.captureCount == 0, !module.bindsLate || !binding.isTopLevel {
      emit(.constant, target, bc: constant(module.constantClosure(code)))
    } else if binding.isTopLevel {
      let slot = module.slot(binding.name)
      module.slotsRead.insert(slot)
      emit(.loadGlobal, target, bc: slot)
    } else {
      throw Diagnostic(.usedBeforeDefinition(binding.name), at: place)
    }
  }

  // MARK: Literals

  private func interpolation(_ parts: [StringPart], _ target: Int) throws {
    var template: [TemplatePart] = []
    let window = next
    for part in parts {
      switch part {
      case .text(let text): template.append(.text(text))
      case .value(let e, let format):
        let register = allocate()
        try value(e, into: register)
        let spec = format.isEmpty ? nil : FormatSpec(parsing: format)
        template.append(format.isEmpty || spec != nil ? .value(spec) : .badFormat(format))
      }
    }
    code.templates.append(template)
    emit(.interpolate, target, window, code.templates.count - 1)
  }

  private static let windowLimit = 64

  private func list(_ items: [ListItem], _ target: Int) throws {
    let isPlain = items.allSatisfy { if case .value = $0 { true } else { false } }
    if isPlain && items.count <= FunctionCompiler.windowLimit {
      let window = next
      for case .value(let item) in items {
        let register = allocate()
        try value(item, into: register)
      }
      emit(.makeList, target, window, items.count)
      return
    }
    let result = isFresh(target) ? target : allocate()
    emit(.makeList, result, 0, 0)
    for item in items {
      try scope {
        switch item {
        case .value(let e): emit(.listPush, result, try value(e))
        case .spread(let e):
          let register = try value(e)
          at(e.span) { _ = emit(.listSpread, result, register) }
        }
      }
    }
    if result != target { emit(.move, target, result) }
  }

  private func record(_ items: [RecordItem], _ target: Int) throws {
    var keys: [String] = []
    for item in items {
      guard case .field(let key, _) = item, case .string(let name) = key.kind else { break }
      keys.append(name)
    }
    if keys.count == items.count && keys.count <= Layout.maximumKeys && Set(keys).count == keys.count {
      let layout = heap.layouts.layout(keys: keys.map { heap.internedString($0) })
      if layout != Layout.dictionary || keys.isEmpty {
        let window = next
        for case .field(_, let e) in items {
          let register = allocate()
          try value(e, into: register)
        }
        code.layouts.append(layout)
        code.layoutCounts.append(keys.count)
        emit(.makeRecord, target, window, code.layouts.count - 1)
        return
      }
    }
    let result = isFresh(target) ? target : allocate()
    emit(.newRecord, result)
    for item in items {
      try scope {
        switch item {
        case .field(let key, let e):
          let keyRegister = try operand(key, before: [e])
          let register = try value(e)
          at(key.span) { _ = emit(.recordInsert, result, keyRegister, register) }
        case .spread(let e):
          let register = try value(e)
          at(e.span) { _ = emit(.recordSpread, result, register) }
        }
      }
    }
    if result != target { emit(.move, target, result) }
  }

  /// Start, end and step of a range in three registers; an open end is an error outside of brackets.
  func rangeEnds(_ start: Expr?, _ end: Expr?, _ step: Expr?, _ window: Int) throws {
    guard let start, let end else {
      throw Diagnostic(.unexpectedToken(found: "an open range", expected: "both ends of the range"), at: span)
    }
    try value(start, into: window)
    try value(end, into: window + 1)
    if let step { try value(step, into: window + 2) } else { emit(.loadInt, window + 2, bc: 1) }
  }

  // MARK: Blocks as expressions

  private func ifElse(_ condition: Expr, _ then: Block, _ otherwise: Expr?, _ target: Int) throws {
    let elseLabel = Label()
    let endLabel = Label()
    try branch(condition, to: elseLabel, when: false)
    try block(then, into: target)
    emitJump(.jump, to: endLabel)
    place(elseLabel)
    if let otherwise { try value(otherwise, into: target) } else { emit(.loadNone, target) }
    place(endLabel)
  }

  /// A block's value is that of its last statement if this is an expression, else none.
  func block(_ block: Block, into target: Int) throws {
    try scope {
      declareFunctions(block.statements)
      for (index, statement) in block.statements.enumerated() {
        if index == block.statements.count - 1, case .expression(let e) = statement.kind {
          try value(e, into: target)
          return
        }
        try self.statement(statement)
      }
      emit(.loadNone, target)
    }
  }

  private func tryCatch(_ body: Block, _ name: Declaration?, _ handler: Block, _ target: Int) throws {
    // A variable that is assigned keeps its value until the whole expression is done.
    let result = bound.contains(target) ? allocate() : target
    try tryStatement(body, name, handler) { block in try self.block(block, into: result) }
    if result != target { emit(.move, target, result) }
  }

  /// `try` with its two blocks compiled by `compileBlock`.
  func tryStatement(
    _ body: Block, _ name: Declaration?, _ handler: Block, _ compileBlock: (Block) throws -> Void
  ) throws {
    let endLabel = Label()
    let mark = allocate()
    emit(.tryBegin, mark)
    tries.append(mark)
    let start = pc
    try compileBlock(body)
    emit(.tryEnd, mark)
    tries.removeLast()
    let end = pc
    emitJump(.jump, to: endLabel)
    try scope {
      let error = allocate()
      let entry = pc
      code.handlers.append(
        Handler(start: start, end: end, target: entry, register: error, isCleanup: false, mark: mark))
      bind(name?.binding, to: error)
      try compileBlock(handler)
    }
    place(endLabel)
  }

  /// Whether evaluating `e` may assign a variable of this function: only statements in blocks do.
  func mayAssign(_ e: Expr) -> Bool {
    switch e.kind {
    case .none, .bool, .int, .float, .string, .name, .function, .error: false
    case .block, .ifElse, .tryCatch: true
    case .listComprehension(let body, let binders), .comprehension(let body, let binders):
      mayAssign(body) || binders.contains(where: mayAssign)
    case .interpolation(let parts):
      parts.contains { if case .value(let e, _) = $0 { mayAssign(e) } else { false } }
    case .list(let items):
      items.contains {
        switch $0 {
        case .value(let e), .spread(let e): mayAssign(e)
        }
      }
    case .record(let items):
      items.contains {
        switch $0 {
        case .field(let key, let e): mayAssign(key) || mayAssign(e)
        case .spread(let e): mayAssign(e)
        }
      }
    case .range(let a, let b, let c): [a, b, c].contains { $0.map(mayAssign) ?? false }
    case .unary(_, let e), .field(let e, _, _): mayAssign(e)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b): mayAssign(a) || mayAssign(b)
    case .comparison(let operands, _): operands.contains(where: mayAssign)
    case .call(let callee, let arguments): mayAssign(callee) || arguments.contains { mayAssign($0.value) }
    case .index(let base, let items):
      mayAssign(base)
        || items.contains {
          switch $0 {
          case .value(let e): mayAssign(e)
          case .slice(let a, let b, let c, _): [a, b, c].contains { $0.map(mayAssign) ?? false }
          default: false
          }
        }
    }
  }

  private func mayAssign(_ binder: Binder) -> Bool {
    if binder.filters.contains(where: mayAssign) { return true }
    return switch binder.range {
    case .bare: false
    case .below(let e), .upTo(let e), .sequence(let e), .destructured(_, let e): mayAssign(e)
    }
  }
}
